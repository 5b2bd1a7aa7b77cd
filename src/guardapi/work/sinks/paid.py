"""Models behind an interface that send a bill for each question.

Facts: `timeout`, `caps_output` (whether the length of the answer is bounded), `charged` (whether a test asks for
the caller's credit first), `is_agent` (whether the library decides how often it asks), `has_iterations` (whether
that is bounded).
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.earlier_tests import CREDIT, checked_before
from guardapi.work.flow import Flow, Taint, all_taints
from guardapi.work.sinks.clouds import service_of
from guardapi.work.specs import Facts, Invocation, Spec

OUTPUT: Final = (
    *("max_tokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens", "max_length"),
    *("max_tokens_to_sample", "maxTokens", "num_predict", "maxTokenCount", "max_gen_len"),
)
AMOUNTS: Final = (*OUTPUT, "n", "size", "best_of", "num_outputs", "number_of_images", "num_images", "k")
PROMPTS: Final[tuple[int | str, ...]] = (
    *("messages", "prompt", "input", "inputs", "contents", "content", "text", "texts", "question", "query"),
    *("message", "body", "file", "audio", "image", "documents", "system"),
)
CONFIGS: Final = (
    "config",
    "generation_config",
    "options",
    "inferenceConfig",
    "model_kwargs",
    "input",
    "extra_body",
    "usage_limits",
)
"""Arguments that hold further options."""
LOCAL: Final = re.compile(
    r"^(?:https?://)?(?:localhost|127\.|0\.0\.0\.0|\[?::1|host\.docker\.internal|ollama|lmstudio|vllm|[a-z_-]+:\d)",
    re.IGNORECASE,
)
LOCAL_CLASSES: Final = re.compile(
    r"Ollama|LlamaCpp|HuggingFacePipeline|GPT4All|CTransformers|FakeL|VLLM|HuggingFaceEmbeddings"
)
SHORT: Final = ("view argument", "request.args", "args", "request.cookies", "request.headers", "request.path")
"""Data that a server bounds to the length of a line of a request."""
ADDRESSES: Final = (
    "base_url",
    "api_base",
    "azure_endpoint",
    "server_url",
    "host",
    "openai_api_base",
    "endpoint",
)
KEYS: Final = (
    "api_key",
    "openai_api_key",
    "auth_token",
    "token",
    "key",
    "anthropic_api_key",
    "google_api_key",
)


def _model(made: Invocation) -> Facts | None:
    """A model behind an interface: what it is asked, what bounds the answer, whose bill it is."""
    facts: dict[str, object] = {
        "caps_output": _caps_output(made),
        "charged": checked_before(made, CREDIT),
        "inputs": _prompted(made),
    }
    if _is_local(made):
        facts |= {"kind": Kind.INFERENCE, "work": WorkClass.HEAVY}
    elif _is_bill_of_caller(made):
        facts |= {"kind": Kind.HTTP, "work": WorkClass.HEAVY}
    return facts


def _agent(made: Invocation) -> Facts | None:
    facts = dict(_model(made) or {})
    names = {name for given in made.function.calls for name in given.kwargs} | set(made.kwargs)
    facts |= {
        "is_agent": True,
        "has_iterations": bool(names & {"max_iterations", "recursion_limit", "max_turns"}),
    }
    return facts


def _chain(made: Invocation) -> Facts | None:
    """`prompt | model | parser`: a model is somewhere in it."""
    given = [flow.path for call in made.function.calls for flow in call.args]
    if not any(CHAT.search(path) for path in (made.path, *given)):
        return None
    return _model(made)


CHAT: Final = re.compile(
    r"\.(?:Chat\w+|OpenAI|AzureOpenAI|Anthropic|Cohere|Bedrock\w*|Ollama\w*|\w+LLM)\(\)|init_chat_model\(\)"
)


def _caps_output(made: Invocation) -> bool:
    for kwargs in _options(made):
        if not OUTPUT_NAMES.isdisjoint(kwargs):
            return True
        for name in CONFIGS:
            config = kwargs.get(name)
            if config is not None and (_names_cap(config) or _may_cap(name, config)):
                return True
    return made.is_open


def _options(made: Invocation) -> Iterator[dict[str, Flow]]:
    """What is passed by name: to the call, to what made its receiver, and to the parts of that."""
    yield made.kwargs
    for given in made.function.calls:
        yield given.kwargs
        for flow in (*given.args, *given.kwargs.values()):
            yield from (inner.kwargs for inner in flow.calls)


def _may_cap(name: str, config: Flow) -> bool:
    """Whether options that were made elsewhere may bound it; `input` is the prompt of most interfaces."""
    return name != "input" and not config.fields and not config.calls


def _names_cap(config: Flow) -> bool:
    names = {*(config.fields or ()), *(name for given in config.calls for name in given.kwargs)}
    return not OUTPUT_NAMES.isdisjoint(names)


OUTPUT_NAMES: Final = frozenset(
    {*OUTPUT, "total_tokens_limit", "output_tokens_limit", "response_tokens_limit"}
)


def _prompted(made: Invocation) -> list[Input]:
    """Amounts that the caller picks, and prompts: how long they are counts as an amount, too."""
    found = [
        Input(role=Role.AMOUNT, source=t.source, kind=t.kind, is_bounded=t.is_bounded)
        for name in AMOUNTS
        if (flow := made.kwargs.get(name)) is not None
        for t in sorted(all_taints(flow))
        if t.kind == "amount"
    ]
    prompts = [*made.args, *(made.kwargs[name] for name in PROMPTS if name in made.kwargs)]
    for taint in sorted({taint for flow in prompts for taint in all_taints(flow)}):
        if taint.kind in {"text", "items", "bytes", "file"}:
            found.append(
                Input(role=Role.TEXT, source=taint.source, kind=taint.kind, is_bounded=taint.is_bounded)
            )
            if not _is_short(taint):
                found.append(
                    Input(
                        role=Role.AMOUNT,
                        source=f"the length of {taint.source}",
                        kind="length",
                        is_bounded=False,
                    )
                )
    return found


def _is_short(taint: Taint) -> bool:
    return taint.is_bounded or taint.source.startswith(SHORT)


def _is_local(made: Invocation) -> bool:
    if LOCAL_CLASSES.search(made.path):
        return True
    given = [flow for call in made.function.calls for flow in (*call.args, *call.kwargs.values())]
    if any(LOCAL_CLASSES.search(flow.path) for flow in given):
        return True
    model = made.kwargs.get("model")
    if model is not None and isinstance(model.value, str) and model.value.startswith(("ollama", "local/")):
        return True
    return any(
        isinstance(flow.value, str) and LOCAL.match(flow.value) is not None
        for kwargs in _options(made)
        for name, flow in kwargs.items()
        if name in ADDRESSES
    )


def _is_bill_of_caller(made: Invocation) -> bool:
    return any(flow.taints for kwargs in _options(made) for name, flow in kwargs.items() if name in KEYS)


def of_service(
    *services: str, facts: Callable[[Invocation], Facts | None]
) -> Callable[[Invocation], Facts | None]:
    """A method of a boto3 client, of these services; where the service is not known, the method speaks."""

    def inspect(made: Invocation) -> Facts | None:
        service = service_of(made)
        return facts(made) if not service or service in services else None

    return inspect


def _models(
    *names: str,
    timeout: tuple[int | str, ...] | None = ("timeout",),
    default: float | None = None,
    inspect: Callable[[Invocation], Facts | None] = _model,
) -> Spec:
    return Spec(
        kind=Kind.MODEL_API,
        work=WorkClass.MONEY,
        names=names,
        timeout=timeout,
        maker_timeout=timeout or (),
        default_timeout=default,
        inspect=inspect,
    )


OPENAI: Final = (
    "{openai,langfuse.openai,posthog.ai.openai}.{OpenAI,AsyncOpenAI,AzureOpenAI,AsyncAzureOpenAI,Client}"
)
RESOURCES: Final = (
    "{chat.completions,completions,responses,embeddings,images,audio.speech,audio.transcriptions,"
    "audio.translations,threads.runs,videos}"
)
DONE: Final = (
    "{create,parse,stream,generate,edit,create_variation,create_and_poll,create_and_run,submit_tool_outputs}"
)
CHAINS: Final = (
    "{LLMChain,ConversationChain,ConversationalRetrievalChain,RetrievalQA,RetrievalQAWithSourcesChain,"
    "SQLDatabaseChain,MapReduceDocumentsChain,StuffDocumentsChain,SequentialChain,GraphCypherQAChain}"
)
ASKED: Final = (
    "{invoke,ainvoke,stream,astream,batch,abatch,predict,apredict,run,arun,generate,agenerate,"
    "predict_messages,call_as_llm,apply,embed_query,embed_documents}"
)
MAKERS: Final = (
    "pydantic_ai.{,usage.}UsageLimits",
    "{langchain,langchain_*}.**{__or__,__ror__}",
    "{langchain,langchain_*}.**{from_template,from_messages,PromptTemplate}",
    OPENAI,
    f"{OPENAI}().**with_options",
    "anthropic.{Anthropic,AsyncAnthropic,AnthropicBedrock,AnthropicVertex,Client}",
    "anthropic.**().with_options",
    "cohere.{Client,AsyncClient,ClientV2,AsyncClientV2}",
    "mistralai.{Mistral,client.MistralClient}",
    "google.genai.{,client.}Client",
    "google.genai.types.{GenerateContentConfig,HttpOptions}",
    "google.generativeai.{GenerativeModel,types.GenerationConfig,GenerationConfig}",
    "vertexai.**GenerativeModel",
    "replicate.Client",
    "huggingface_hub.{,*.}{InferenceClient,AsyncInferenceClient,InferenceApi}",
    "{groq,together,zhipuai,cerebras.cloud.sdk,fireworks.client,xai_sdk}"
    ".{Groq,AsyncGroq,Together,ZhipuAI,Cerebras,Fireworks,Client}",
    "{langchain,langchain_*,langgraph}.**{Chat*,*Chain,OpenAI,AzureOpenAI,Anthropic,*LLM,Cohere,Ollama*,Bedrock}",
    "{langchain,langchain_*,langgraph}.**{from_llm,from_chain_type,AgentExecutor,initialize_agent,create_react_agent}",
    "{langchain,langchain_*}.**{create_*_agent,load_qa_chain,RetrievalQA,init_chat_model}",
)
SINKS: Final = (
    _models(
        f"{OPENAI}().**{RESOURCES}.{DONE}",
        f"openai.{RESOURCES}.{DONE}",
        f"openai.**with_raw_response.{DONE}",
        default=600,
    ),
    _models(
        "openai.{ChatCompletion,Completion,Image,Embedding,Edit,Audio}"
        ".{create,acreate,create_edit,create_variation,transcribe,translate}",
        timeout=("request_timeout", "timeout"),
        default=600,
    ),
    _models("anthropic.**().**{messages,completions}.{create,stream,parse}", default=600),
    _models(
        "cohere.*().{chat,chat_stream,generate,generate_stream,embed,rerank,summarize,classify}", default=300
    ),
    _models(
        "mistralai.Mistral().{chat,fim,agents,embeddings,ocr}.{complete,stream,create,process,complete_async}",
        "mistralai.client.MistralClient().{chat,chat_stream,embeddings}",
        timeout=("timeout_ms", "timeout"),
        default=120,
    ),
    _models(
        "google.generativeai.GenerativeModel().{generate_content,generate_content_async}",
        "google.generativeai.GenerativeModel().start_chat().{send_message,send_message_async}",
        "google.generativeai.{generate_text,chat,embed_content}",
        "google.genai.**Client().**{generate_content,generate_content_stream,generate_images,embed_content}",
        "google.genai.**Client().**{generate_videos,edit_image,upscale_image}",
        "google.genai.**Client().**chats.create().{send_message,send_message_stream}",
        "vertexai.**GenerativeModel().{generate_content,generate_content_async}",
        "vertexai.**GenerativeModel().start_chat().send_message",
        "vertexai.**from_pretrained().{predict,predict_streaming,generate_images,get_embeddings}",
        timeout=None,
    ),
    _models(
        "{boto3,botocore,aioboto3}.**.{invoke_model,invoke_model_with_response_stream,converse}",
        "{boto3,botocore,aioboto3}.**.{converse_stream,invoke_agent,retrieve_and_generate}",
        timeout=None,
        inspect=of_service("bedrock-runtime", "bedrock-agent-runtime", "bedrock", facts=_model),
    ),
    _models(
        "litellm.{completion,acompletion,text_completion,embedding,aembedding,image_generation,responses}",
        "litellm.{transcription,speech,rerank,batch_completion}",
        default=600,
    ),
    _models(
        "replicate.{run,async_run,stream}",
        "replicate.Client().{run,async_run,stream,predictions.create}",
        "replicate.predictions.create",
        "replicate.deployments.get().predictions.create",
        timeout=None,
    ),
    _models(
        "huggingface_hub.**{InferenceClient,AsyncInferenceClient}()"
        ".{chat_completion,text_generation,text_to_image,image_to_image,feature_extraction,summarization,"
        "translation,text_to_speech,automatic_speech_recognition,image_to_text,question_answering,"
        "text_classification,zero_shot_classification,text_to_video,post,chat.completions.create}",
        "huggingface_hub.**InferenceApi()",
    ),
    _models(
        "{groq,together,cerebras.cloud.sdk}.**().**{completions,images,embeddings,transcriptions}.{create,generate}",
        "zhipuai.ZhipuAI().**.{create,generations}",
        default=60,
    ),
    _models(
        "dashscope.**{Generation,MultiModalConversation,ImageSynthesis,TextEmbedding}.call",
        "fireworks.client.**.create",
        "ai21.**.create",
        timeout=None,
    ),
    _models(
        "ollama.{chat,generate,embeddings,embed}",
        "ollama.{Client,AsyncClient}().{chat,generate,embeddings,embed}",
        inspect=lambda made: {**(_model(made) or {}), "kind": Kind.INFERENCE, "work": WorkClass.HEAVY},
    ),
    _models(
        f"{{langchain,langchain_*}}.**{{Chat*,OpenAI,AzureOpenAI,Anthropic,Cohere,Bedrock,*LLM}}().**{ASKED}",
        "{langchain,langchain_*}.**{ChatOpenAI(),OpenAI(),AzureChatOpenAI(),ChatAnthropic(),ChatGroq()}",
        f"{{langchain,langchain_*}}.**{CHAINS}().{ASKED}",
        f"{{langchain,langchain_*}}.**{CHAINS}.{{from_llm,from_chain_type}}().{ASKED}",
        f"{{langchain,langchain_*}}.**load_qa_chain().{ASKED}",
        f"{{langchain,langchain_*}}.**init_chat_model().{ASKED}",
        "{langchain_openai,langchain.embeddings,langchain_community.embeddings}.**OpenAIEmbeddings()"
        ".{embed_query,embed_documents}",
        timeout=None,
    ),
    _models(f"{{langchain,langchain_*}}.**{{__or__(),__ror__()}}.{ASKED}", timeout=None, inspect=_chain),
    _models(
        f"{{langchain,langchain_*}}.**{{AgentExecutor,initialize_agent}}().{ASKED}",
        f"{{langchain,langchain_*,langgraph}}.**{{create_*_agent}}().{ASKED}",
        "crewai.Crew().kickoff",
        "agents.Runner.{run,run_sync,run_streamed}",
        "pydantic_ai.Agent().{run,run_sync,run_stream}",
        timeout=None,
        inspect=_agent,
    ),
    _models(
        "llama_index.**{as_query_engine,as_chat_engine}().{query,chat,stream_chat,aquery,achat}",
        "llama_index.**{OpenAI,Anthropic,AzureOpenAI}().{complete,chat,stream_complete,stream_chat}",
        timeout=None,
    ),
)
