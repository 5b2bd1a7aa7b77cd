"""Other services that send a bill: speech, translation, maps, payments, jobs in a cloud.

Facts: `timeout`.
"""

from collections.abc import Callable
from typing import Final

from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.flow import all_taints
from guardapi.work.specs import Facts, Invocation, Spec


def _service(made: Invocation) -> Facts | None:
    """A paid service: what is sent to it."""
    flows = [*made.args, *made.kwargs.values()]
    taints = sorted({taint for flow in flows for taint in all_taints(flow)})
    return {
        "inputs": [
            Input(role=Role.DATA, source=t.source, kind=t.kind, is_bounded=t.is_bounded)
            for t in taints
            if t.kind in {"text", "items", "bytes", "file", "amount"}
        ]
    }


def _payment(made: Invocation) -> Facts | None:
    """Payments: what only reads costs no more than the call."""
    facts = dict(_service(made) or {})
    if made.path.rpartition(".")[2] in READING:
        facts |= {"kind": Kind.HTTP, "work": WorkClass.HEAVY}
    return facts


READING: Final = frozenset({"retrieve", "list", "search", "get", "fetch", "all", "verify"})


def _services(
    kind: Kind,
    *names: str,
    timeout: tuple[int | str, ...] | None = ("timeout",),
    default: float | None = None,
    inspect: Callable[[Invocation], Facts | None] = _service,
) -> Spec:
    return Spec(
        kind=kind,
        work=WorkClass.MONEY,
        names=names,
        timeout=timeout,
        maker_timeout=timeout or (),
        default_timeout=default,
        inspect=inspect,
    )


STRIPE: Final = (
    "{PaymentIntent,Charge,Customer,Subscription,Invoice,InvoiceItem,SetupIntent,Refund,Transfer,Payout,Price,"
    "Product,PaymentMethod,Token,Coupon,Account,AccountLink,PaymentLink,checkout.Session,"
    "billing_portal.Session,Source,SubscriptionItem,EphemeralKey,PromotionCode}"
)

MAKERS: Final = (
    "deepl.{Translator,DeepLClient}",
    "stripe.StripeClient",
    "elevenlabs.{,client.}ElevenLabs",
    "razorpay.{,client.}Client",
)
SINKS: Final = (
    _services(
        Kind.PAID_API,
        "google.cloud.translate**Client().{translate,translate_text,detect_language}",
        "google.cloud.speech**Client().{recognize,long_running_recognize,streaming_recognize}",
        "google.cloud.texttospeech**Client().synthesize_speech",
        "google.cloud.vision**Client().{annotate_image,text_detection,label_detection,document_text_detection,"
        "face_detection,object_localization,safe_search_detection,batch_annotate_images,web_detection}",
        "google.cloud.language**Client().{analyze_sentiment,analyze_entities,classify_text}",
        "google.cloud.documentai**Client().process_document",
        "azure.cognitiveservices.speech.{SpeechRecognizer,SpeechSynthesizer}()"
        ".{recognize_once,recognize_once_async,speak_text,speak_text_async,speak_ssml_async}",
        "azure.ai.**Client().{analyze_sentiment,recognize_entities,translate,begin_analyze_document,analyze}",
        timeout=None,
    ),
    _services(
        Kind.PAID_API,
        "googlemaps.{,client.}Client().{geocode,reverse_geocode,directions,distance_matrix,places,place,"
        "places_nearby,places_autocomplete,find_place,elevation,timezone,nearest_roads,static_map}",
        timeout=("timeout", "read_timeout"),
    ),
    _services(
        Kind.PAID_API,
        "geopy.{,geocoders.}{,*.}{GoogleV3,AzureMaps,TomTom}().{geocode,reverse}",
        default=1,
    ),
    _services(
        Kind.PAID_API,
        "elevenlabs.generate",
        "elevenlabs.{,client.}ElevenLabs().{**.,}{generate,convert,stream}",
        default=240,
    ),
    _services(
        Kind.PAID_API,
        "deepl.{Translator,DeepLClient}().{translate_text,translate_document}",
        "serpapi.**{GoogleSearch,Client}().{get_dict,get_json,search}",
        "clarifai.**.{predict,post_model_outputs}",
        "assemblyai.Transcriber().transcribe",
        timeout=None,
    ),
    _services(
        Kind.PAID_API,
        "{boto3,botocore,aioboto3}.**.{start_transcription_job,synthesize_speech,translate_text,detect_text}",
        "{boto3,botocore,aioboto3}.**.{detect_labels,detect_faces,analyze_document,detect_document_text}",
        "{boto3,botocore,aioboto3}.**.{detect_sentiment,detect_entities,start_speech_synthesis_task}",
        timeout=None,
    ),
    _services(
        Kind.CLOUD_JOB,
        "{boto3,botocore,aioboto3}.**client().{invoke,invoke_async,submit_job,run_task,run_instances}",
        "{boto3,botocore,aioboto3}.**client().{start_execution,start_sync_execution,start_job_run}",
        "{boto3,botocore,aioboto3}.**client().{invoke_endpoint,create_training_job,start_build}",
        "{boto3,botocore,aioboto3}.**client().start_query_execution",
        "google.cloud.run**JobsClient().run_job",
        timeout=None,
    ),
    # -- payments
    _services(
        Kind.PAYMENT,
        f"stripe.{STRIPE}.{{create,modify,confirm,capture,retrieve,list,cancel,delete,update,attach,search}}",
        "stripe.StripeClient().**.{create,update,confirm,capture,retrieve,list,cancel,delete}",
        default=80,
        inspect=_payment,
    ),
    _services(
        Kind.PAYMENT,
        "braintree.**.{sale,submit_for_settlement,refund,void}",
        "braintree.**{customer,transaction,subscription,payment_method,client_token}.{create,generate,update}",
        "braintree.{Transaction,Customer,Subscription,PaymentMethod,ClientToken}.{create,generate,sale}",
        default=60,
        timeout=(),
        inspect=_payment,
    ),
    _services(
        Kind.PAYMENT,
        "paypalrestsdk.{,*.}{Payment,Order,Sale,Capture,Payout,BillingPlan,BillingAgreement,Invoice}()"
        ".{create,execute,authorize,refund}",
        "paypalcheckoutsdk.core.PayPalHttpClient().execute",
        "razorpay.{,client.}Client().{order,payment,customer,subscription,refund,payment_link}"
        ".{create,capture,fetch,refund,edit,all}",
        timeout=(),
        inspect=_payment,
    ),
    _services(
        Kind.PAYMENT,
        "square.**.{create_payment,create_order,create_customer,create_checkout,create_payment_link}",
        "mollie.api.client.Client().{payments,orders,customers,subscriptions,refunds}.{create,get}",
        "authorizenet.apicontrollers.*Controller().execute",
        "paystackapi.**.{initialize,charge,verify,create}",
        "mercadopago.SDK().**.{create,update}",
        timeout=None,
        inspect=_payment,
    ),
)
