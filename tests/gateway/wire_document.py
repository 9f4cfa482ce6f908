"""An OpenAPI document of the wire formats, for tests that make requests from it: fields as their vendors describe them,
as far as a reader may stumble over values, and every status that a reply may have."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
WHOLE, NUMBER, TEXT, FLAG = {"type": "integer"}, {"type": "number"}, {"type": "string"}, {"type": "boolean"}
MODEL = {"type": "string", "enum": ["support", "support:production", "support@1"]}
REFUSALS = ("400", "401", "402", "403", "404", "413", "415", "422", "429", "502", "503")


def shape(*required: str, **properties: Schema) -> Schema:
    """An object with these fields, and any others."""
    return {"type": "object", "required": list(required), "properties": properties}


def several(items: Schema, least: int = 0) -> Schema:
    """A list."""
    return {"type": "array", "items": items, "minItems": least}


def either(*kinds: Schema) -> Schema:
    """One of them."""
    return {"anyOf": list(kinds)}


TEXTS = either(TEXT, several(TEXT))
CHAT_PART = either(
    shape("type", "text", type={"const": "text"}, text=TEXT),
    shape("type", "image_url", type={"const": "image_url"}, image_url=shape("url", url=TEXT)),
    shape("type", "input_audio", type={"const": "input_audio"}, input_audio=shape("data", data=TEXT, format=TEXT)),
)
FUNCTION = shape("name", name=TEXT, description=TEXT, parameters={"type": "object"}, strict=FLAG)
CALL = shape("id", "type", "function", id=TEXT, type={"const": "function"}, function=shape(name=TEXT, arguments=TEXT))
CHAT_MESSAGE = shape(
    "role",
    role={"type": "string", "enum": ["system", "developer", "user", "assistant", "tool", "function"]},
    content=either(TEXT, several(CHAT_PART), {"type": "null"}),
    tool_calls=several(CALL),
    tool_call_id=TEXT,
    name=TEXT,
)
FORMAT = either(
    shape("type", type={"enum": ["text", "json_object"]}),
    shape("type", "json_schema", type={"const": "json_schema"}, json_schema=shape(name=TEXT)),
)
CHAT = shape(
    "model", "messages",
    model=MODEL, messages=several(CHAT_MESSAGE, least=1), stream=FLAG, temperature=NUMBER, top_p=NUMBER, n=WHOLE,
    max_tokens=WHOLE, max_completion_tokens=WHOLE, stop=TEXTS, seed=WHOLE, presence_penalty=NUMBER, logprobs=FLAG,
    top_logprobs=WHOLE, logit_bias={"type": "object"}, response_format=FORMAT, user=TEXT, metadata={"type": "object"},
    tools=several(shape("type", "function", type={"const": "function"}, function=FUNCTION)),
    stream_options=shape(include_usage=FLAG), reasoning_effort=TEXT, store=FLAG,
)  # fmt: skip
INPUT_PART = either(
    shape("type", "text", type={"const": "input_text"}, text=TEXT),
    shape("type", "image_url", type={"const": "input_image"}, image_url=TEXT),
)
ITEM = either(
    shape("role", "content", type={"const": "message"}, role={"enum": ["user", "assistant", "system", "developer"]},
          content=either(TEXT, several(INPUT_PART))),
    shape("type", "call_id", "name", "arguments", type={"const": "function_call"}, call_id=TEXT, name=TEXT,
          arguments=TEXT),
    shape("type", "call_id", "output", type={"const": "function_call_output"}, call_id=TEXT, output=TEXT),
)  # fmt: skip
RESPONSE = shape(
    "model", "input",
    model=MODEL, input=either(TEXT, several(ITEM)), instructions=TEXT, stream=FLAG, temperature=NUMBER, top_p=NUMBER,
    max_output_tokens=WHOLE, reasoning=shape(effort=TEXT), text=shape(format=FORMAT, verbosity=TEXT), store=FLAG,
    tools=several(shape("type", "name", type={"const": "function"}, name=TEXT, parameters={"type": "object"})),
    include=several(TEXT), user=TEXT, metadata={"type": "object"}, previous_response_id=TEXT,
)  # fmt: skip
BLOCK = either(
    shape("type", "text", type={"const": "text"}, text=TEXT),
    shape("type", "source", type={"const": "image"}, source=shape("type", type={"const": "url"}, url=TEXT)),
    shape("type", "id", "name", "input", type={"const": "tool_use"}, id=TEXT, name=TEXT, input={"type": "object"}),
    shape("type", "tool_use_id", type={"const": "tool_result"}, tool_use_id=TEXT, content=TEXT, is_error=FLAG),
    shape("type", "thinking", type={"const": "thinking"}, thinking=TEXT, signature=TEXT),
)
MESSAGE = shape(
    "model", "messages", "max_tokens",
    model=MODEL, max_tokens={"type": "integer", "minimum": 1}, stream=FLAG, temperature=NUMBER, top_p=NUMBER,
    top_k=WHOLE, stop_sequences=several(TEXT),
    messages=several(shape("role", "content", role={"enum": ["user", "assistant"]},
                           content=either(TEXT, several(BLOCK))), least=1),
    system=either(TEXT, several(shape("type", "text", type={"const": "text"}, text=TEXT))),
    tools=several(shape("name", "input_schema", name={**TEXT, "minLength": 1}, input_schema={"type": "object"})),
    metadata=shape(user_id=TEXT), thinking={"type": "object"},
)  # fmt: skip
EMBEDDING = {
    **shape("model", "input", model={"enum": ["static"]}, input=TEXTS, encoding_format={"enum": ["float", "base64"]},
            dimensions={"type": "integer", "minimum": 1, "maximum": 256}, user=TEXT),
    "additionalProperties": False,
}  # fmt: skip
TOKENS = shape("prompt_tokens", "total_tokens", prompt_tokens=WHOLE, total_tokens=WHOLE)
FAULT = shape(
    "message", "type", "param", "code", "blame",
    message=TEXT, type=TEXT, param=either(TEXT, {"type": "null"}), code=either(TEXT, {"type": "null"}),
    blame={"enum": ["client", "gateway", "upstream"]},
)  # fmt: skip
OPENAI_ERROR = shape("error", error=FAULT)
ANTHROPIC_ERROR = shape("type", "error", type={"const": "error"}, error=FAULT)
COMPLETION = shape(
    "id", "object", "created", "model", "choices", "usage",
    object={"const": "chat.completion"}, created=WHOLE, usage=TOKENS,
    choices=several(shape("index", "message", "finish_reason", index=WHOLE,
                          message=shape("role", role={"const": "assistant"}, content=either(TEXT, {"type": "null"}))),
                    least=1),
)  # fmt: skip
RESPONDED = shape("id", "object", "output", "status", object={"const": "response"},
                  output=several({"type": "object"}))  # fmt: skip
SAID = shape("id", "type", "role", "content", "stop_reason", "usage", type={"const": "message"},
             content=several(BLOCK))  # fmt: skip
EMBEDDED = shape("object", "data", "model", "usage", data=several({"type": "object"}), usage=TOKENS)
MODELS = shape("data", data=several(shape("id", id=TEXT)))
SPAN = shape(
    "traceId", "spanId", "name", traceId=TEXT, spanId=TEXT, name=TEXT, startTimeUnixNano=TEXT,
    attributes=several(shape("key", "value", key=TEXT, value={"type": "object"})),
)  # fmt: skip
NOTHING: Schema = {"type": "null"}
# What is no span is rejected by itself in a 200, the protocol's partial success; null is what is left out.
SCOPE = shape(spans=either(several(either(SPAN, {})), NOTHING))
RESOURCE = shape(attributes=either(several({"type": "object"}), NOTHING))
GROUP = shape(resource=either(RESOURCE, NOTHING), scopeSpans=either(several(SCOPE), NOTHING))
SPANS = shape(resourceSpans=either(several(GROUP), NOTHING))


def wire_document() -> Schema:
    """The whole document."""
    paths = {
        "/v1/chat/completions": {"post": _operation("chat", CHAT, COMPLETION, streams=True)},
        "/v1/responses": {"post": _operation("respond", RESPONSE, RESPONDED, streams=True)},
        "/v1/messages": {"post": _operation("message", MESSAGE, SAID, error=ANTHROPIC_ERROR, streams=True)},
        "/v1/messages/count_tokens": {"post": _operation("count", MESSAGE, SAID, error=ANTHROPIC_ERROR)},
        "/v1/embeddings": {"post": _operation("embed", EMBEDDING, EMBEDDED)},
        "/v1/models": {"get": _operation("models", None, MODELS)},
        "/v1/models/{name}": {"get": _operation("model", None, shape("id", id=TEXT), _path("name"))},
        "/v1/traces": {"post": _operation("spans", SPANS, {"type": "object"})},
        "/api/prompts/{mission}": {"get": _operation("prompt", None, {"type": "object"}, _path("mission"))},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "wire formats", "version": "1"},
        "security": [{"key": []}],
        "paths": paths,
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(
    name: str, body: Schema | None, reply: Schema, *parameters: Schema, error: Schema = OPENAI_ERROR,
    streams: bool = False,
) -> Schema:  # fmt: skip
    content = {"application/json": {"schema": reply}}
    if streams:
        content["text/event-stream"] = {"schema": {}}
    refused = {"description": "refused", "content": {"application/json": {"schema": error}}}
    responses = {"200": {"description": "answered", "content": content}, **dict.fromkeys(REFUSALS, refused)}
    operation = {"operationId": name, "parameters": list(parameters), "responses": responses}
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _path(name: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1},
            "example": "support"}  # fmt: skip
