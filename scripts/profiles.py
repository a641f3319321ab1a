#!/usr/bin/env python3
"""Distils what is known about models into crates/llm/data/profiles.json.

The facts come from the `litellm` wheel (MIT), which pip downloads, or which `--wheel` names:

    scripts/profiles.py [--wheel FILE] [--date YYYY-MM-DD] > crates/llm/data/profiles.json

Kept are chat models that call tools, that have a price and that are not withdrawn yet on that day. Prices are US
dollars for a million tokens.
"""

import argparse
import datetime
import decimal
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

TABLE = "litellm/model_prices_and_context_window_backup.json"

# Our provider types by the names that the source has for them.
TYPES = {
    "openai": "openai",
    "anthropic": "anthropic",
    "gemini": "gemini",
    "bedrock": "bedrock",
    "bedrock_converse": "bedrock",
    "azure": "azure_openai",
    "groq": "groq",
    "mistral": "mistral",
    "deepseek": "deepseek",
    "xai": "xai",
    "together_ai": "together",
    "fireworks_ai": "fireworks",
}

# What a provider starts with, the default of an organization first: a cheaper flagship.
SHORTLISTS = {
    "openai": ["gpt-6-luna", "gpt-6.1-terra", "gpt-6.1-sol", "gpt-6-astra"],
    "anthropic": ["claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"],
    "gemini": ["gemini-3.8-flash", "gemini-3.5-flash-lite", "gemini-4-argon"],
    "openrouter": ["openai/gpt-6-luna", "anthropic/claude-haiku-5.5", "google/gemini-3.8-flash", "anthropic/claude-sonnet-5.5"],
    "bedrock": ["global.anthropic.claude-haiku-5-5", "global.anthropic.claude-sonnet-5-5", "global.amazon.nova-2-lite-v1:0"],
    "azure_openai": ["gpt-6-luna", "gpt-6.1-terra", "gpt-6.1-sol"],
    "groq": ["openai/gpt-oss-120b", "openai/gpt-oss-20b", "qwen/qwen3.8-27b"],
    "mistral": ["mistral-small-latest", "mistral-medium-latest", "mistral-large-latest"],
    "deepseek": ["deepseek-flash", "deepseek-v4-pro"],
    "xai": ["grok-4.3", "grok-4.7"],
    "together": ["openai/gpt-oss-120b", "deepseek-ai/DeepSeek-V4.1-Flash", "zai-org/GLM-5.3", "moonshotai/Kimi-K3"],
    "fireworks": [
        "accounts/fireworks/models/deepseek-v4p1-flash",
        "accounts/fireworks/models/glm-5p3",
        "accounts/fireworks/models/kimi-k3",
    ],
}

# In this order providers give an organization its default.
VENDORS = ["openai", "anthropic", "gemini", "openrouter", "bedrock", "azure_openai", "mistral", "xai", "deepseek", "groq",
           "together", "fireworks"]

# Not for agents: other sounds and pictures, searches, experiments, fine-tuned or long gone.
OTHER = re.compile(
    r"audio|voice|voxtral|realtime|live|search|computer-use|transcribe|robotics|learnlm|exp|vibe|leanstral|fim|deep-research"
    r"|gemma-2|beta|preview-\d|customtools|^ft:|gv2|spot|safeguard|^gpt-3|^gpt-4($|-)|^gpt-35|command-r|codex-mini$|daybreak"
    r"|chat-latest|-chat$|palmyra|firefunction|mixtral|o1-mini|llama3-[12]|2402|claude-3|@"
)
REGION = re.compile(r"^(us-gov|us|eu|apac|au|jp|in|global|ca|sa|af|me)\.(?=[a-z])")
DATED = re.compile(r"^(.*?)-(\d{4})-?(\d{2})-?(\d{2})(-v\d+(:\d+)?)?$")
OPEN = re.compile(
    r"gpt-oss|llama|qwen(?!.*(max|plus))|deepseek|gemma|kimi|glm-|minimax|nemotron|mixtral|ministral|devstral-(small|2)"
    r"|magistral-small|mistral-small|mistral-large-(3|2512|latest)|muse-spark-open|beam-|inkling|reflection"
)
EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh"]
WORDS = {"gpt": "GPT", "oss": "OSS", "glm": "GLM", "deepseek": "DeepSeek", "minimax": "MiniMax", "openai": "OpenAI", "vl": "VL",
         "xai": "xAI", "ai": "AI"}


def dollars(per_token: float) -> float:
    """For a million tokens, without the noise of binary fractions."""
    return float(decimal.Decimal(repr(per_token)).scaleb(6).normalize())


def cost(raw: dict) -> dict:
    """The prices, with those of longer prompts as tiers."""
    names = {
        "input": "input_cost_per_token",
        "output": "output_cost_per_token",
        "cache_read": "cache_read_input_token_cost",
        "cache_write": "cache_creation_input_token_cost",
    }

    def at(suffix: str) -> dict:
        prices = {name: raw.get(key + suffix) for name, key in names.items()}
        return {name: dollars(price) for name, price in prices.items() if price is not None}

    whole = at("")
    if whole.get("cache_write") == 0:
        # The source writes 0 where writing to the cache costs what input costs.
        del whole["cache_write"]
    tiers = []
    for key in raw:
        found = re.fullmatch(r"input_cost_per_token(_above_(\d+)k_tokens)", key)
        if found and (tier := at(found[1])).keys() >= {"input", "output"}:
            tiers.append({"above_tokens": int(found[2]) * 1000, **tier})
    if tiers:
        whole["cost_tiers"] = sorted(tiers, key=lambda tier: tier["above_tokens"])
    return whole


def limits(kind: str, raw: dict) -> dict:
    """How much it takes and gives. OpenAI's figure for input is without the answer, so the window is their sum."""
    taken, given = int(raw["max_input_tokens"]), int(raw.get("max_output_tokens") or raw["max_input_tokens"])
    if kind in ("openai", "azure_openai") and (taken, given) in ((272_000, 128_000), (922_000, 128_000)):
        return {"context": taken + given, "output": given, "input": taken}
    return {"context": taken, "output": min(given, taken)}


def efforts(kind: str, raw: dict) -> dict | None:
    """How hard it can be told to think."""
    if not raw.get("supports_reasoning"):
        return None
    if levels := raw.get("reasoning_effort_levels"):
        words = [word for word in EFFORTS if word in levels]
    elif kind in ("openai", "azure_openai", "anthropic", "gemini", "bedrock"):
        extra = {word for word in ("none", "minimal", "xhigh") if raw.get(f"supports_{word}_reasoning_effort")}
        words = [word for word in EFFORTS if word in extra | {"low", "medium", "high"}]
    else:
        return None
    default = raw.get("default_reasoning_effort")
    if default not in words:
        default = "medium" if "medium" in words else words[-1]
    names = {"xhigh": "Extra high"}
    return {"default": default, "values": [{"name": names.get(word, word.capitalize()), "value": word} for word in words]}


def modalities(raw: dict) -> dict:
    """What it takes and gives."""
    taken = ["text"]
    if raw.get("supports_vision"):
        taken.append("image")
    if raw.get("supports_audio_input"):
        taken.append("audio")
    if raw.get("supports_video_input"):
        taken.append("video")
    if raw.get("supports_pdf_input"):
        taken.append("pdf")
    return {"input": taken, "output": ["text"]}


def family(model: str) -> str:
    """Its name without vendor, day and version of the form."""
    name = model.split("/")[-1].lower()
    if dated := DATED.match(name):
        name = dated[1]
    name = re.sub(r"^[a-z0-9]+\.(?=[a-z])", "", name)
    return re.sub(r"(-v\d+:\d+|:\d+|(?<=-\d)-v1)$", "", name).removesuffix("-latest")


def title(model: str) -> str:
    """Its name for people."""
    name = re.sub(r"(?<=\d)p(?=\d)", ".", family(model))
    name = re.sub(r"(?<=[a-z]-\d)-(?=\d{1,2}(-|$))", ".", name) if name.startswith("claude") else name
    text = " ".join(written(word) for word in name.split("-"))
    return re.sub(r"^GPT (?=[\dO])", "GPT-", text)


def written(word: str) -> str:
    """A part of a name: sizes in capitals, OpenAI's `o` small."""
    if re.fullmatch(r"a?\d+b", word):
        return word.upper()
    return WORDS.get(word) or (word if re.fullmatch(r"o\d", word) else word[:1].upper() + word[1:])


def profile(kind: str, model: str, raw: dict) -> dict:
    """A model as our API shows it; what is false is left out."""
    takes = modalities(raw)
    reasoning = bool(raw.get("supports_reasoning"))
    told = {
        "name": title(model),
        "family": family(model),
        "attachment": len(takes["input"]) > 1,
        "reasoning": reasoning,
        "temperature": raw.get("supports_sampling_params", True) and not (reasoning and kind in ("openai", "azure_openai")),
        "tool_call": True,
        "structured_output": bool(raw.get("supports_response_schema")),
        "open_weights": bool(OPEN.search(model.lower())),
        "tool_search": bool(raw.get("supports_tool_search")),
    }
    known = {name: value for name, value in told.items() if value is not False}
    if dated := DATED.match(model):
        known["release_date"] = f"{dated[2]}-{dated[3]}-{dated[4]}"
    known |= {"cost": cost(raw), "limits": limits(kind, raw), "modalities": takes}
    if effort := efforts(kind, raw):
        known["reasoning_effort"] = effort
    return known


def wanted(raw: dict, day: str) -> bool:
    """Whether an entry is a model that agents use."""
    return (
        raw.get("mode") in ("chat", "responses")
        and bool(raw.get("supports_function_calling"))
        and raw.get("input_cost_per_token") is not None
        and raw.get("output_cost_per_token") is not None
        and bool(raw.get("max_input_tokens"))
        and raw.get("deprecation_date", "9999") > day
    )


def name_of(kind: str, entry: str) -> str | None:
    """What the provider calls it; none: it is another name for one that is there."""
    name = entry.removeprefix(next((key for key, it in TYPES.items() if it == kind and entry.startswith(key + "/")), "") + "/")
    name = name.removeprefix("accounts/fireworks/models/").removeprefix("accounts/fireworks/routers/")
    if kind in ("bedrock", "azure_openai", "fireworks") and "/" in name:
        return None
    return None if OTHER.search(name.lower()) else name


def distil(table: dict, day: str) -> dict:
    """The models by provider type and name."""
    models: dict[str, dict] = {kind: {} for kind in VENDORS if kind != "openrouter"}
    regional: list[tuple[str, str, dict]] = []
    for entry, raw in table.items():
        kind = TYPES.get(raw.get("litellm_provider", ""))
        if kind is None or not wanted(raw, day) or (name := name_of(kind, entry)) is None:
            continue
        region = REGION.match(name) if kind == "bedrock" else None
        known = profile(kind, name[region.end():] if region else name, raw)
        if region:
            regional.append((region[1], name[region.end():], known))
        elif name not in models[kind]:
            models[kind][name] = known
    for region, name, known in regional:
        base = models["bedrock"].setdefault(name, known)
        if base["cost"] == known["cost"]:
            continue
        groups = base.setdefault("regions", [])
        group = next((group for group in groups if group["cost"] == known["cost"]), None)
        if group is None:
            groups.append(group := {"of": [], "cost": known["cost"]})
        group["of"].append(region)
    for kind, known in models.items():
        for name in list(known):
            # A dated name says nothing that its undated one does not say, but for the day.
            dated = DATED.match(name)
            if dated and not dated[5] and (plain := known.get(dated[1])):
                plain["release_date"] = known.pop(name)["release_date"]
    for name in list(models["azure_openai"]):
        dated, own = DATED.match(name), models["azure_openai"][name]
        same = models["openai"].get(dated[1] if dated else name)
        if same and same["cost"] == own["cost"]:
            del models["azure_openai"][name]
    return {kind: dict(sorted(known.items())) for kind, known in models.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=pathlib.Path)
    parser.add_argument("--date", default=datetime.date.today().isoformat())
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        wheel = options.wheel
        if wheel is None:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", directory, "litellm"]
            subprocess.run(command, check=True)
            wheel = next(pathlib.Path(directory).glob("litellm-*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            table = json.loads(archive.read(TABLE))
        version = wheel.name.split("-")[1]
    models = distil(table, options.date)
    header = {
        "source": f"litellm {version} (PyPI), {TABLE}",
        "license": "MIT, Copyright (c) 2023 Berri AI",
        "date": options.date,
        "vendors": VENDORS,
        "shortlists": SHORTLISTS,
    }
    # One model a line, so that a change of prices reads well.
    lines = [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in header.items()]
    kinds = []
    for kind, known in models.items():
        rows = ",\n".join(
            f"   {json.dumps(name)}: {json.dumps(it, separators=(',', ':'))}" for name, it in known.items()
        )
        kinds.append(f"  {json.dumps(kind)}: {{\n{rows}\n  }}")
    print("{\n" + "\n".join(lines) + '\n "models": {\n' + ",\n".join(kinds) + "\n }\n}")


if __name__ == "__main__":
    main()
