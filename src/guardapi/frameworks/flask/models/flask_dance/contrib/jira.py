"""Log-in with jira."""

from flask_dance.contrib import maker

make_jira_blueprint = maker("jira")
