"""Applications of Connexion."""
