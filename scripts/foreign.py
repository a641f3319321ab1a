"""Checks the bodies of requests by the types of the official packages of those who made the formats.

Run: scripts/foreign.py FILE, with one {"provider", "path", "beta", "body"} on each line; `beta` is Anthropic's header. `cargo xtask prove foreign` does.

Members that a type does not know are refused. A type that takes everything would prove nothing, so each body is also
spoiled, at its top and within, and has to be refused then.
"""

import copy
import importlib
import json
import pkgutil
import sys
import typing
import warnings
from collections import Counter
from importlib.metadata import version
from urllib.parse import unquote

import anthropic.types
import botocore.session
import openai.types
import typing_extensions
from botocore.validate import ParamValidator
from google.genai import types as google
from pydantic import ConfigDict, TypeAdapter


def strict(package):
    """Lets the typed dictionaries of a package refuse members that they do not know."""
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        for kind in vars(importlib.import_module(module.name)).values():
            if typing_extensions.is_typeddict(kind) or typing.is_typeddict(kind):
                kind.__pydantic_config__ = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


def read(value):
    """Reads to its end what is checked only when it is read: lists are `Iterable` in these types."""
    if isinstance(value, dict):
        return {key: read(item) for key, item in value.items()}
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        return value
    return [read(item) for item in value]


def typed(kind):
    adapter = TypeAdapter(kind)
    return lambda body, path: read(adapter.validate_python(body))


def gemini(body, path):
    parts = {
        "contents": list[google.Content],
        "systemInstruction": google.Content,
        "tools": list[google.Tool],
        "toolConfig": google.ToolConfig,
        "generationConfig": google.GenerationConfig,
        "safetySettings": list[google.SafetySetting],
    }
    unknown = set(body) - set(parts)
    if unknown:
        raise ValueError(f"unknown members {unknown}")
    for name, value in body.items():
        TypeAdapter(parts[name]).validate_json(json.dumps(value))


def bedrock():
    service = botocore.session.get_session().get_service_model("bedrock-runtime")
    shape = service.operation_model("ConverseStream").input_shape

    def check(body, path):
        model = unquote(path.split("/model/")[1].rsplit("/", 1)[0])
        report = ParamValidator().validate({"modelId": model, **body}, shape)
        if report.has_errors():
            raise ValueError(report.generate_report())

    return check


def spoiled(body):
    """The body with a member that nobody knows, at its top and in its last message."""
    top = copy.deepcopy(body)
    top["everruns_unknown"] = 1
    yield top
    within = copy.deepcopy(body)
    for name in ("messages", "input", "contents"):
        if name in within:
            within[name][-1]["everruns_unknown"] = 1
            yield within


# Some types say themselves that they take more.
warnings.filterwarnings("ignore", message=".*allows extra items")
strict(openai.types)
strict(anthropic.types)
from anthropic.types.beta.message_create_params import MessageCreateParamsStreaming as Beta  # noqa: E402
from anthropic.types.message_create_params import MessageCreateParamsStreaming  # noqa: E402
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming  # noqa: E402
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming  # noqa: E402

CHECKS = {
    "openai": ("openai", typed(ResponseCreateParamsStreaming)),
    "openai_completions": ("openai", typed(CompletionCreateParamsStreaming)),
    "anthropic": ("anthropic", typed(MessageCreateParamsStreaming)),
    "anthropic beta": ("anthropic", typed(Beta)),
    "gemini": ("google-genai", gemini),
    "bedrock": ("botocore", bedrock()),
}

counts, wrong = Counter(), 0
with open(sys.argv[1]) as lines:
    for line in lines:
        request = json.loads(line)
        path, body = request["path"], request["body"]
        # What a header asks for is described apart.
        provider = request["provider"] + (" beta" if request["beta"] else "")
        _, check = CHECKS[provider]
        try:
            check(body, path)
            counts[provider] += 1
        except Exception as error:
            wrong += 1
            print(f"WRONG  {provider} {path}: {error}\n{json.dumps(body)[:3000]}", file=sys.stderr)
        for spoilt in spoiled(body):
            try:
                check(spoilt, path)
            except Exception:
                continue
            wrong += 1
            print(f"WRONG  {provider}: its type takes a member that nobody knows", file=sys.stderr)

if wrong or set(counts) != set(CHECKS):
    sys.exit(f"{wrong} bodies are not as they should be; right are {dict(counts)}")
packages = {package: version(package) for package, _ in CHECKS.values()}
print("bodies " + ", ".join(f"{count} {provider}" for provider, count in counts.items()), end=" are as the types of ")
print(", ".join(f"{package} {number}" for package, number in packages.items()) + " want them")
