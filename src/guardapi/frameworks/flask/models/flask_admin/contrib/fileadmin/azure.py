"""File management pages on Azure."""

from flask_admin.contrib.fileadmin import BaseFileAdmin


class AzureFileAdmin(BaseFileAdmin):
    def __init__(self, blob_service_client, container_name, on_windows=False, *args, **kwargs):
        super().__init__(*args, **kwargs)
