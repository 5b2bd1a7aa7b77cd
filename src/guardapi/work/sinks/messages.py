"""Mail and messages to people.

Facts: `timeout`; `recipient`: `caller` (from the request), `fixed` (constants and settings) or `unknown`;
`paid`: whether each one costs money; `cooled`: whether a test refuses to send again too soon; `queued_at`: the
place that queues the job in which it is sent.
"""

import re
from collections.abc import Callable
from typing import Final

from guardapi.python.values import DictValue
from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.conditions import key_of
from guardapi.work.earlier_tests import COOL_DOWN, asked_before
from guardapi.work.flow import IDENTITY, Flow, Taint, all_taints
from guardapi.work.sinks.clouds import service_of
from guardapi.work.sinks.outbound import SOCKET_SETTING, mentions
from guardapi.work.specs import Facts, Invocation, Spec, timeout_of

SETTING: Final = re.compile(
    r"(?:^|\.)(?:config|settings|conf)\b|^os\.(?:environ|getenv)|^dotenv\.|^decouple\."
)
NAMES: Final[tuple[int | str, ...]] = (
    *(
        "to",
        "to_",
        "recipients",
        "recipient",
        "to_addrs",
        "to_emails",
        "to_email",
        "dst",
        "phone",
        "phone_number",
    ),
    *(
        "PhoneNumber",
        "Destination",
        "Destinations",
        "ToAddresses",
        "chat_id",
        "channel",
        "bcc",
        "cc",
        "To",
        "msisdn",
    ),
    *("registration_ids", "token", "tokens", "topic", "email", "subscription_info"),
)


def addressed(made: Invocation, *positions: int) -> dict[str, object]:
    """To whom it goes, as far as the arguments tell."""
    flows = [made.kwargs[name] for name in NAMES if name in made.kwargs]
    flows += [made.args[index] for index in positions if index < len(made.args)]
    for flow in (*made.args, *made.kwargs.values()):
        flows += _of_message(flow)
    flows += _of_attributes(made)
    taints = sorted({t for flow in flows for t in all_taints(flow) if _is_chosen(t)})
    inputs = [
        Input(role=Role.RECIPIENT, source=t.source, kind=t.kind, is_bounded=t.is_bounded) for t in taints
    ]
    is_fixed = bool(flows) and all(_is_fixed(flow) for flow in flows)
    return {
        "recipient": "caller" if inputs else "fixed" if is_fixed else "unknown",
        "inputs": inputs,
        "cooled": asked_before(made, COOL_DOWN),
    }


def _is_chosen(taint: Taint) -> bool:
    """Whether it may be any address: not the number or name of something that is kept."""
    return taint.kind not in {IDENTITY, "amount"} and taint.bound != "value"


def _of_message(flow: Flow) -> list[Flow]:
    """The recipients of a message object, or of a mapping that says everything."""
    found = [given.kwargs[name] for given in flow.calls for name in NAMES if name in given.kwargs]
    for given in flow.calls:
        position = MESSAGE_POSITIONS.get(given.path.rpartition(".")[2])
        if position is not None and position < len(given.args):
            found.append(given.args[position])
        found += [part for inner in given.args for part in _of_message(inner)]
    return found + [flow.fields[str(name)] for name in NAMES if flow.fields and name in flow.fields]


MESSAGE_POSITIONS: Final = {
    "Message": 1,
    "EmailMessage": 3,
    "EmailMultiAlternatives": 3,
    "Mail": 1,
    "add_recipient": 0,
    "To": 0,
    "Email": 0,
}


def _of_attributes(made: Invocation) -> list[Flow]:
    """`message.recipients = [...]`, `message["To"] = ...` before it is sent."""
    nodes = [*made.node.args, *(keyword.value for keyword in made.node.keywords)]
    return [
        flow
        for key in filter(None, map(key_of, nodes))
        for known in (f"{key}.recipients", f"{key}.to", f"{key}['To']", f"{key}['to']")
        if (flow := made.run.env.get(known)) is not None
    ]


def _is_fixed(flow: Flow) -> bool:
    if flow.items is not None:
        return bool(flow.items) and all(_is_fixed(item) for item in flow.items)
    if flow.fields:
        return all(_is_fixed(item) for item in flow.fields.values())
    if isinstance(flow.value, str | list | tuple | DictValue):
        return True
    return SETTING.search(flow.path) is not None


def _at(*positions: int) -> Callable[[Invocation], Facts | None]:
    return lambda made: {"paid": True, **addressed(made, *positions)}


def _free(*positions: int) -> Callable[[Invocation], Facts | None]:
    return lambda made: {"paid": False, **addressed(made, *positions)}


def _with_sockets(*positions: int, setting: str = SOCKET_SETTING) -> Callable[[Invocation], Facts | None]:
    """Mail over sockets: a timeout of the process, or a setting, may hold."""

    def inspect(made: Invocation) -> Facts | None:
        facts = _free(*positions)(made)
        is_set = mentions(made, SOCKET_SETTING) or mentions(made, setting)
        return {**(facts or {}), **({"timeout": "unknown"} if is_set else {})}

    return inspect


def _smtp(made: Invocation) -> Facts | None:
    """`smtplib`: what was passed where it connected."""
    facts = {"paid": False, **addressed(made, *((1,) if made.path.endswith("sendmail") else ()))}
    if timeout_of(SMTP, made) == "none" and mentions(made, SOCKET_SETTING):
        facts["timeout"] = "unknown"
    return facts


def _cloud_message(*services: str, kind: Kind = Kind.MESSAGE) -> Callable[[Invocation], Facts | None]:
    def inspect(made: Invocation) -> Facts | None:
        service = service_of(made)
        if service and service not in services:
            return None
        facts = {"paid": True, "kind": kind, **addressed(made)}
        if made.argument("TopicArn", "TargetArn") is not None:
            facts["recipient"] = "fixed"  # a topic of the account, with its own subscribers
        return facts

    return inspect


def _sent(
    kind: Kind,
    *names: str,
    work: WorkClass = WorkClass.MONEY,
    timeout: tuple[int | str, ...] | None = None,
    default: float | None = None,
    inspect: Callable[[Invocation], Facts | None] = _at(),  # noqa: B008  # a function
) -> Spec:
    return Spec(
        kind=kind,
        work=work,
        names=names,
        timeout=timeout,
        maker_timeout=timeout or (),
        default_timeout=default,
        inspect=inspect,
    )


def _twilio(made: Invocation) -> Facts | None:
    """Twilio's own HTTP client waits for ever, unless one with a timeout is handed over."""
    facts = {"paid": True, **addressed(made)}
    for given in made.function.calls:
        client = given.argument("http_client")
        if client is not None:
            inner = client.calls[-1].argument("timeout", 1) if client.calls else None
            is_none = client.calls and (inner is None or inner.value is None)
            return {**facts, "timeout": "none" if is_none else "unknown"}
    return {**facts, "timeout": "none" if made.function.calls else "unknown"}


def _sendgrid(made: Invocation) -> Facts | None:
    """SendGrid: `sg.send(message)`, or `sg.client.mail.send.post(request_body=...)`."""
    return {"paid": True, **addressed(made)}


def _hooked(made: Invocation) -> Facts | None:
    """To the room that the address of the hook stands for."""
    del made
    return {"paid": False, "recipient": "fixed"}


SMTP: Final = Spec(
    kind=Kind.MAIL,
    work=WorkClass.HEAVY,
    names=("{smtplib,gevent.smtplib}.{SMTP,SMTP_SSL,LMTP}().{sendmail,send_message}",),
    timeout=(),
    maker_timeout=("timeout", 3),
    inspect=_smtp,
)
MAKERS: Final = (
    "smtplib.{SMTP,SMTP_SSL,LMTP}",
    "{flask_mail,flask_mailing,flask_mailman,flask_mail_sendgrid,flask_emails,emails,mailer}.{,*.}"
    "{Message,EmailMessage,EmailMultiAlternatives,MessageSchema}",
    "flask_mail.Message().add_recipient",
    "sendgrid.{,helpers.mail.}{,mail.}{Mail,To,Email,Personalization}",
    "twilio.rest.{,Twilio}{Client,RestClient}",
    "twilio.http.http_client.TwilioHttpClient",
    "plivo.{RestClient,Client}",
    "messagebird.Client",
    "slack_sdk.{,web.}{,client.}WebClient",
    "slack_sdk.WebhookClient",
    "postmarker.core.PostmarkClient",
)
SET_UP: Final = ("{flask_mail.Message,email.**Message}().{add_recipient,add_header}",)
SINKS: Final = (
    SMTP,
    _sent(
        Kind.MAIL,
        "flask_mail.Mail().{,connect().}{send,send_message}",
        "flask_mail_sendgrid.MailSendGrid().send",
        "flask_mailing.Mail().send_message",
        work=WorkClass.HEAVY,
        timeout=(),
        inspect=_with_sockets(),
    ),
    _sent(
        Kind.MAIL,
        "flask_mailman.{,message.}{EmailMessage,EmailMultiAlternatives}().send",
        "flask_mailman.{send_mail,send_mass_mail,Mail().send_mail,Mail().send_mass_mail}",
        work=WorkClass.HEAVY,
        timeout=(),
        inspect=_with_sockets(3, setting="MAIL_TIMEOUT"),
    ),
    _sent(
        Kind.MAIL,
        "{yagmail.SMTP,redmail.EmailSender,redmail.gmail,envelopes.Envelope,emails.Message,mailer.Mailer}().send",
        "redmail.{gmail,outlook}.send",
        "marrow.mailer.Mailer().send",
        work=WorkClass.HEAVY,
        inspect=_free(0),
    ),
    _sent(
        Kind.MAIL,
        "sendgrid.{,sendgrid.}SendGridAPIClient().send",
        "sendgrid.{,sendgrid.}SendGridAPIClient().client.mail.send.post",
        timeout=(),
        inspect=_sendgrid,
    ),
    _sent(
        Kind.MAIL,
        "postmarker.core.PostmarkClient().emails.{send,send_batch,send_with_template}",
        "postmark.**.send",
        timeout=("timeout",),
    ),
    _sent(Kind.MAIL, "mailjet_rest.**Client().send.create", "mailchimp_transactional.Client().messages.send"),
    _sent(
        Kind.MAIL,
        "{sib_api_v3_sdk,brevo_python,brevo}.**Api().{send_transac_email,send_transac_sms}",
        "resend.Emails.send",
        "resend.Batch.send",
        "sparkpost.SparkPost().transmissions.send",
        "mandrill.Mandrill().messages.send",
        "mailersend.emails.NewEmail().send",
        "azure.communication.email.EmailClient().begin_send",
    ),
    _sent(
        Kind.MAIL,
        "{boto3,botocore,aioboto3}.**.{send_email,send_raw_email,send_templated_email}",
        "{boto3,botocore,aioboto3}.**.{send_bulk_templated_email,send_bulk_email}",
        inspect=_cloud_message("ses", "sesv2", "pinpoint-email", kind=Kind.MAIL),
    ),
    # -- text messages and calls
    _sent(
        Kind.MESSAGE,
        "twilio.rest.{,Twilio}{Client,RestClient}().**{messages,calls,verifications,faxes}.create",
        "twilio.rest.{,Twilio}{Client,RestClient}().**notifications.create",
        timeout=(),
        inspect=_twilio,
    ),
    _sent(
        Kind.MESSAGE,
        "{vonage,nexmo}.{,*.}{Client,Vonage,Sms,Verify,Voice,Messages}()"
        ".{send_message,sms.send_message,sms.send,verify.start_verification,start_verification,send,"
        "messages.send,voice.create_call,create_call,messages.send_message}",
    ),
    _sent(
        Kind.MESSAGE,
        "messagebird.Client().{message_create,verify_create,voice_message_create,conversation_start}",
        timeout=(),
        inspect=_at(1),
    ),
    _sent(
        Kind.MESSAGE,
        "plivo.{RestClient,Client}().{messages,calls,verify_session}.create",
        timeout=("timeout",),
        default=5,
    ),
    _sent(
        Kind.MESSAGE,
        "{boto3,botocore,aioboto3}.**.{publish,publish_batch}",
        "{boto3,botocore,aioboto3}.**.{send_messages,send_text_message}",
        inspect=_cloud_message("sns", "pinpoint", "pinpoint-sms-voice-v2"),
    ),
    _sent(
        Kind.MESSAGE,
        "africastalking.{SMS,Voice,initialize().SMS}.{send,call}",
        "telnyx.{Message,Call}.create",
        "sinch.**.send",
        "infobip_api_client.**.send_sms_message",
        "clicksend_client.**.sms_send_post",
        "textmagic.rest.TextmagicRestClient().messages.create",
        "azure.communication.sms.SmsClient().send",
        "aliyunsdkcore.client.AcsClient().do_action_with_exception",
        inspect=_at(1),
    ),
    # -- pushes and chats
    _sent(
        Kind.MESSAGE,
        "pywebpush.{webpush,WebPusher().send}",
        "firebase_admin.messaging.{send,send_multicast,send_each,send_each_for_multicast,send_all}",
        "pyfcm.FCMNotification().{notify,notify_single_device,notify_multiple_devices,notify_topic_subscribers}",
        "{apns,apns2}.**.send_notification",
        "exponent_server_sdk.PushClient().{publish,publish_multiple}",
        "onesignal_sdk.client.Client().send_notification",
        "telegram.{,*.}Bot().{send_message,send_photo,send_document}",
        "telebot.TeleBot().{send_message,send_photo,send_document}",
        "discord.SyncWebhook.{from_url,partial}().send",
        work=WorkClass.HEAVY,
        inspect=_free(0),
    ),
    _sent(
        Kind.MESSAGE,
        "slack_sdk.{,web.}{,client.}WebClient().{chat_postMessage,chat_postEphemeral,files_upload,files_upload_v2}",
        "slack.WebClient().{chat_postMessage,files_upload}",
        work=WorkClass.HEAVY,
        timeout=("timeout",),
        default=30,
        inspect=_free(),
    ),
    _sent(
        Kind.MESSAGE,
        "slack_sdk.{,webhook.}{,client.}WebhookClient().send",
        "discord_webhook.DiscordWebhook().execute",
        "pymsteams.connectorcard().send",
        "apprise.Apprise().notify",
        "pushover.Client().send_message",
        work=WorkClass.HEAVY,
        timeout=("timeout",),
        default=30,
        inspect=_hooked,
    ),
)
