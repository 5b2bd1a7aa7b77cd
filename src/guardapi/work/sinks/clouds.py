"""Clients of clouds and clusters whose every method asks a server.

Facts: as of `outbound`.
"""

from typing import TYPE_CHECKING, Final

from guardapi.work.sinks.outbound import NOTHING_TO_ADD, http
from guardapi.work.specs import Facts, Invocation

if TYPE_CHECKING:
    from guardapi.work.flow import Given


def _library_method(made: Invocation) -> Facts | None:
    """A method of a client whose every method asks the server, but for some."""
    name = made.path.rpartition(".")[2]
    if name.startswith(LOCAL_METHODS) or name.endswith("()") or _is_of_call(made.path):
        return None
    return NOTHING_TO_ADD


def _is_of_call(path: str) -> bool:
    """`client.get_object()["Body"].read`: of an answer."""
    return path.count("()") > CLIENT_CALLS


CLIENT_CALLS: Final = 2
LOCAL_METHODS: Final = (
    *("generate_presigned", "get_paginator", "can_paginate", "get_waiter", "close", "__", "exceptions"),
)


def service_of(made: Invocation) -> str:
    """The service of a boto3 client (`sns`), or nothing where it is not known."""
    for given in reversed(made.function.calls):
        if given.path.endswith((".client", ".resource")):
            return _text(given, 0, "service_name")
    return ""


def _text(given: "Given", *names: int | str) -> str:
    found = given.argument(*names)
    return found.value if found is not None and isinstance(found.value, str) else ""


CLOUD_METHODS: Final = frozenset(
    {
        *("invoke_model", "invoke_model_with_response_stream", "converse", "converse_stream", "invoke_agent"),
        *("retrieve_and_generate", "publish", "publish_batch", "send_email", "send_raw_email"),
        *("send_templated_email", "send_bulk_templated_email", "send_bulk_email", "send_text_message"),
        *(
            "send_message",
            "send_messages",
            "invoke",
            "invoke_async",
            "submit_job",
            "run_task",
            "run_instances",
        ),
        *(
            "start_execution",
            "start_sync_execution",
            "start_job_run",
            "invoke_endpoint",
            "send_message_batch",
        ),
        *("create_training_job", "start_transcription_job", "synthesize_speech", "translate_text"),
        *("detect_text", "detect_labels", "detect_faces", "analyze_document", "detect_document_text"),
        *("detect_sentiment", "detect_entities", "start_speech_synthesis_task", "batch_translate_text"),
        *("start_build", "create_job", "start_query_execution", "execute_command"),
    }
)
"""Methods of cloud clients that other tables know."""


def _is_of_other_table(made: Invocation) -> bool:
    return made.path.rpartition(".")[2] in CLOUD_METHODS


MAKERS: Final = (
    "{boto3,botocore,aioboto3}.**{client,resource}",
    "{boto3,botocore.config,botocore.client}.**Config",
    "docker.{from_env,DockerClient}",
)
SINKS: Final = (
    http(
        "{boto3,botocore,aioboto3}.**client().*",
        url=(),
        timeout=None,
        inspect=lambda made: None if _is_of_other_table(made) else _library_method(made),
    ),
    http("minio.{,api.}Minio().{*_object,list_*,bucket_exists,make_bucket}", url=(), timeout=None),
    http(
        "google.cloud.storage.{,client.}Client().**"
        ".{upload_from_string,upload_from_file,upload_from_filename,download_as_bytes,download_as_string,"
        "download_as_text,download_to_filename,download_to_file,list_blobs,delete}",
        url=(),
        default_timeout=60,
    ),
    http("azure.storage.blob.**.{upload_blob,download_blob,delete_blob,list_blobs}", url=(), timeout=None),
    http("googleapiclient.discovery.build().**.execute", url=(), timeout=None),
    http(
        "google.oauth2.id_token.{verify_oauth2_token,verify_token,verify_firebase_token}",
        url=(),
        timeout=None,
    ),
    http(
        "docker.{from_env,DockerClient}().{*.,}{run,pull,build,push,exec_run,list,get}", url=(), timeout=None
    ),
    http(
        "kubernetes.client.**Api().{create,list,read,delete,patch,replace}_*",
        url=(),
        timeout=("_request_timeout",),
    ),
)
