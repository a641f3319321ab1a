"""The official Python clients against `everruns simulate provider`: they read what it writes, and it takes what they
write.

Run: pip install openai anthropic google-genai boto3
     everruns simulate provider --listen 127.0.0.1:4100 --secret secret &
     python bench/simulator/tests/official.py http://127.0.0.1:4100
"""

import json
import sys
from urllib.parse import quote

import anthropic
import boto3
import openai
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError
from google import genai
from google.genai import errors, types

URL = sys.argv[1]
ASK = "any?thinking=Let%20me%20think.&text=Looking.&tools=get_weather&calls=2&arguments=" + quote('{"city": "Oslo"}')
USAGE = "&input=10&cached=4&cache_written=2&output=6&reasoning=3"
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def check(what, found, expected):
    assert found == expected, f"{what}: {found!r} is not {expected!r}"
    print(f"ok  {what}")


def fails(what, status, run):
    try:
        run()
    except (openai.APIStatusError, anthropic.APIStatusError) as error:
        return check(what, error.status_code, status)
    except errors.APIError as error:
        return check(what, error.code, status)
    except ClientError as error:
        return check(what, error.response["ResponseMetadata"]["HTTPStatusCode"], status)
    raise AssertionError(f"{what}: nothing failed")


def chat():
    client = openai.OpenAI(base_url=f"{URL}/v1", api_key="key", max_retries=0)
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": SCHEMA}}]
    messages = [{"role": "user", "content": "Hello"}]
    text, thought, calls, usage = "", "", {}, None
    for chunk in client.chat.completions.create(
        model=ASK + USAGE, messages=messages, tools=tools, stream=True, stream_options={"include_usage": True}
    ):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            thought += getattr(choice.delta, "reasoning_content", None) or ""
            for call in choice.delta.tool_calls or []:
                known = calls.setdefault(call.index, {"id": call.id, "name": call.function.name, "arguments": ""})
                known["arguments"] += call.function.arguments or ""
    check("chat text", (text, thought), ("Looking.", "Let me think."))
    check("chat calls", [json.loads(call["arguments"]) for call in calls.values()], [{"city": "Oslo"}] * 2)
    check("chat usage", (usage.prompt_tokens, usage.prompt_tokens_details.cached_tokens), (16, 4))
    whole = client.chat.completions.create(model=ASK, messages=messages, tools=tools).choices[0]
    messages.append(whole.message.model_dump(exclude_none=True))
    fails("chat without results", 400, lambda: client.chat.completions.create(model=ASK, messages=messages))
    for call in whole.message.tool_calls:
        messages.append({"role": "tool", "tool_call_id": call.id, "content": "sunny"})
    again = client.chat.completions.create(model=ASK, messages=messages).choices[0]
    check("chat with results", (again.finish_reason, again.message.content), ("stop", "Looking."))
    fails("chat 429", 429, lambda: client.chat.completions.create(model="any?error=429", messages=messages))
    check("chat models", len(client.models.list().data), 2)


def responses():
    client = openai.OpenAI(base_url=f"{URL}/v1", api_key="key", max_retries=0)
    asked = {
        "model": ASK + USAGE,
        "include": ["reasoning.encrypted_content"],
        "reasoning": {"summary": "auto"},
        "store": False,
        "tools": [{"type": "function", "name": "get_weather", "parameters": SCHEMA, "strict": False}],
    }
    items = [{"role": "user", "content": "Hello"}]
    with client.responses.stream(**asked, input=items) as stream:
        numbers = [event.sequence_number for event in stream]
        response = stream.get_final_response()
    check("responses numbers", numbers, list(range(len(numbers))))
    check("responses text", response.output_text, "Looking.")
    kinds = ["reasoning", "message", "function_call", "function_call"]
    check("responses items", [item.type for item in response.output], kinds)
    check("responses reasoning", response.output[0].encrypted_content, "c2ltdWxhdGVk")
    check("responses usage", response.usage.output_tokens_details.reasoning_tokens, 3)
    items += [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in response.output]
    fails("responses without outputs", 400, lambda: client.responses.create(**asked, input=items))
    for item in response.output:
        if item.type == "function_call":
            items.append({"type": "function_call_output", "call_id": item.call_id, "output": "sunny"})
    again = client.responses.create(**asked, input=items)
    check("responses with outputs", [item.type for item in again.output], ["reasoning", "message"])
    fails("responses 500", 500, lambda: client.responses.create(model="any?error=500", input="Hello"))


def messages():
    client = anthropic.Anthropic(base_url=URL, api_key="key", max_retries=0)
    tools = [{"name": "get_weather", "input_schema": SCHEMA}]
    thinking = {"type": "enabled", "budget_tokens": 1024}
    asked = {"model": ASK + USAGE, "max_tokens": 2048, "tools": tools, "thinking": thinking}
    said = [{"role": "user", "content": "Hello"}]
    with client.messages.stream(**asked, messages=said) as stream:
        message = stream.get_final_message()
    check("anthropic blocks", [block.type for block in message.content], ["thinking", "text", "tool_use", "tool_use"])
    check("anthropic thinking", message.content[0].signature, "c2ltdWxhdGVk")
    check("anthropic input", message.content[2].input, {"city": "Oslo"})
    usage = message.usage
    check("anthropic usage", (usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens), (10, 4, 9))
    said.append({"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in message.content]})
    fails("anthropic without results", 400, lambda: client.messages.create(**asked, messages=said))
    results = [{"type": "tool_result", "tool_use_id": block.id, "content": "sunny"} for block in message.content[2:]]
    said.append({"role": "user", "content": results})
    again = client.messages.create(**asked, messages=said)
    check("anthropic with results", again.stop_reason, "end_turn")
    fails("anthropic 529", 529, lambda: client.messages.create(model="any?error=529", max_tokens=9, messages=said))
    names = [model.id for model in client.models.list(limit=1)]
    check("anthropic models", names, ["simulated-large", "simulated-small"])


def gemini():
    client = genai.Client(api_key="key", http_options=types.HttpOptions(base_url=URL))
    function = types.FunctionDeclaration(name="get_weather", parameters_json_schema=SCHEMA)
    config = types.GenerateContentConfig(
        tools=[types.Tool(function_declarations=[function])],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        thinking_config=types.ThinkingConfig(include_thoughts=True),
    )
    # This client takes no `?` in a name.
    model = quote(ASK + USAGE, safe="")
    contents = [types.Content(role="user", parts=[types.Part(text="Hello")])]
    parts, last = [], None
    for last in client.models.generate_content_stream(model=model, contents=contents, config=config):
        parts += last.candidates[0].content.parts
    check("gemini thoughts", "".join(part.text for part in parts if part.thought), "Let me think.")
    check("gemini text", "".join(part.text for part in parts if part.text and not part.thought), "Looking.")
    calls = [part for part in parts if part.function_call]
    check("gemini calls", [dict(part.function_call.args) for part in calls], [{"city": "Oslo"}] * 2)
    check("gemini seal", [part.thought_signature for part in calls], [b"simulated", None])
    check("gemini usage", (last.usage_metadata.prompt_token_count, last.usage_metadata.thoughts_token_count), (16, 3))
    contents.append(types.Content(role="model", parts=calls))
    fails("gemini without results", 400, lambda: client.models.generate_content(model=model, contents=contents))
    response = [types.Part.from_function_response(name="get_weather", response={"is": "sunny"}) for _ in calls]
    contents.append(types.Content(role="user", parts=response))
    again = client.models.generate_content(model=model, contents=contents)
    check("gemini with results", again.text, "Looking.")
    failing = quote("any?error=503", safe="")
    fails("gemini 503", 503, lambda: client.models.generate_content(model=failing, contents="Hi"))
    names = [one.name for one in client.models.list(config={"page_size": 1})]
    check("gemini models", names, ["models/simulated-large", "models/simulated-small"])


def bedrock():
    account = {"aws_access_key_id": "id", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    config = Config(retries={"max_attempts": 0}, inject_host_prefix=False)
    client = boto3.client("bedrock-runtime", endpoint_url=URL, config=config, **account)
    tools = {"tools": [{"toolSpec": {"name": "get_weather", "inputSchema": {"json": SCHEMA}}}]}
    said = [{"role": "user", "content": [{"text": "Hello"}]}]
    text, thought, seal, inputs, stop, usage = "", "", "", {}, None, None
    for event in client.converse_stream(modelId=ASK + USAGE, messages=said, toolConfig=tools)["stream"]:
        delta = event.get("contentBlockDelta", {}).get("delta", {})
        text += delta.get("text", "")
        thought += delta.get("reasoningContent", {}).get("text", "")
        seal += delta.get("reasoningContent", {}).get("signature", "")
        if "toolUse" in delta:
            index = event["contentBlockDelta"]["contentBlockIndex"]
            inputs[index] = inputs.get(index, "") + delta["toolUse"]["input"]
        stop = event.get("messageStop", {}).get("stopReason", stop)
        usage = event.get("metadata", {}).get("usage", usage)
    check("bedrock text", (text, thought, seal), ("Looking.", "Let me think.", "c2ltdWxhdGVk"))
    check("bedrock calls", [json.loads(text) for text in inputs.values()], [{"city": "Oslo"}] * 2)
    check("bedrock end", (stop, usage["inputTokens"], usage["cacheReadInputTokens"]), ("tool_use", 10, 4))
    message = client.converse(modelId=ASK, messages=said, toolConfig=tools)["output"]["message"]
    said.append(message)
    fails("bedrock without results", 400, lambda: client.converse(modelId=ASK, messages=said, toolConfig=tools))
    calls = [block["toolUse"] for block in message["content"] if "toolUse" in block]
    results = [{"toolResult": {"toolUseId": call["toolUseId"], "content": [{"text": "sunny"}]}} for call in calls]
    said.append({"role": "user", "content": results})
    again = client.converse(modelId=ASK, messages=said, toolConfig=tools)
    check("bedrock with results", again["stopReason"], "end_turn")
    fails("bedrock 429", 429, lambda: client.converse(modelId="any?error=429", messages=said[:1]))
    try:
        broken = "any?text=one%20two&error=429&error_at=1"
        list(client.converse_stream(modelId=broken, messages=said[:1])["stream"])
        raise AssertionError("bedrock: nothing failed within the stream")
    except EventStreamError as error:
        check("bedrock within the stream", error.response["Error"]["Code"], "throttlingException")
    models = boto3.client("bedrock", endpoint_url=URL, **account).list_foundation_models()["modelSummaries"]
    check("bedrock models", len(models), 2)


for part in (chat, responses, messages, gemini, bedrock):
    part()
print("all official clients agree")
