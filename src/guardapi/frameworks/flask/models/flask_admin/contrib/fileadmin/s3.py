"""File management pages on S3."""

from flask_admin.contrib.fileadmin import BaseFileAdmin


class S3FileAdmin(BaseFileAdmin):
    def __init__(self, s3_client, bucket_name, *args, **kwargs):
        super().__init__(*args, **kwargs)
