"""Model views on MongoEngine."""

from flask_admin.contrib.mongoengine.view import ModelView
