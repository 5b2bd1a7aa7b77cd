"""The language server: findings where they stand, the page of a rule, and changes, in an editor."""
