"""Flask-Reuploaded 1: files are served only if UPLOADS_AUTOSERVE says so (Flask-Uploads always did)."""

from flask import Blueprint


class UploadSet:
    def __init__(self, name="files", extensions=(), default_dest=None):
        self.name = name
        self.extensions = extensions
        self.default_dest = default_dest


uploads_mod = Blueprint("_uploads", __name__, url_prefix="/_uploads")


@uploads_mod.route("/<setname>/<path:filename>")
def uploaded_file(setname, filename):
    pass


def _has_own_address(upload_set, config):
    prefix = "UPLOADED_" + upload_set.name.upper() + "_"
    if config.get(prefix + "URL") is not None:
        return True
    uses_default = config.get(prefix + "DEST") is None and not upload_set.default_dest
    return uses_default and config.get("UPLOADS_DEFAULT_URL") is not None


def configure_uploads(app, upload_sets):
    if isinstance(upload_sets, UploadSet):
        upload_sets = (upload_sets,)
    if not app.config.get("UPLOADS_AUTOSERVE", False) or "_uploads" in app.blueprints:
        return
    if not all(_has_own_address(upload_set, app.config) for upload_set in upload_sets):
        app.register_blueprint(uploads_mod)


def patch_request_class(app, size=64 * 1024 * 1024):
    pass
