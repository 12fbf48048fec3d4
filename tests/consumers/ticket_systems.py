"""Small stand-ins of the ticket systems, as strict as their documentation: what they would refuse fails here.

ServiceNow, Table API (GET, POST, PATCH of /api/now/table/{table}): https://www.servicenow.com/docs, *REST API
reference*, *Table API*; that journal fields show what stands between code tags as HTML: *Journal field type*.
Jira Cloud, issues, comments and /rest/api/3/search/jql:
https://developer.atlassian.com/cloud/jira/platform/rest/v3/ and
https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/ (read 2026-11).
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.adapters.service import Asked, Reply
from tests.consumers.samples import AUTHORIZATION

_JSON = {"Content-Type": "application/json"}


@dataclass
class ServiceNow:
    """Incidents by sys_id. `status` answers everything with that; `empty_is_404` as older releases do."""

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    status: int = 0
    empty_is_404: bool = False

    def answer(self, asked: Asked) -> Reply:
        assert asked.headers["Authorization"] == AUTHORIZATION
        assert asked.headers["Accept"] == "application/json"
        if self.status:
            return Reply(self.status, {"error": {"message": "no"}, "status": "failure"}, _JSON)
        base, _, sys_id = asked.path.partition("/table/incident")
        assert base == "/api/now"
        if asked.method == "GET":
            return self._find(asked.query)
        body = json.loads(asked.body)
        assert all(isinstance(value, str) for value in body.values())
        assert len(body.get("description", "")) <= 4_000 and len(body.get("work_notes", "")) <= 4_000
        if asked.method == "POST":
            return self._open(body)
        assert asked.method == "PATCH" and body.keys() <= {"urgency", "impact", "work_notes"}
        record = self.records[sys_id.removeprefix("/")]
        self.notes.append((record["number"], body.pop("work_notes")))
        record.update(body)
        return Reply(200, {"result": record}, _JSON)

    def _find(self, query: dict[str, str]) -> Reply:
        assert query["sysparm_fields"] == "sys_id,number" and query["sysparm_limit"] == "1"
        wanted = dict(part.split("=", 1) for part in query["sysparm_query"].split("^"))
        assert wanted.keys() == {"correlation_id", "active"}
        found = [one for one in self.records.values() if wanted.items() <= one.items()]
        if not found and self.empty_is_404:
            error = {"message": "No Record found", "detail": "Record doesn't exist"}
            return Reply(404, {"error": error, "status": "failure"}, _JSON)
        return Reply(200, {"result": [{k: one[k] for k in ("sys_id", "number")} for one in found[:1]]}, _JSON)

    def _open(self, body: dict[str, Any]) -> Reply:
        assert {"short_description", "correlation_id", "urgency", "impact"} <= body.keys()
        assert len(body["short_description"]) <= 160 and "\n" not in body["short_description"]
        number = f"INC{len(self.records) + 1:07}"
        record = {**body, "sys_id": f"{len(self.records) + 1:032x}", "number": number, "active": "true"}
        self.records[record["sys_id"]] = record
        return Reply(201, {"result": record}, _JSON)

    def texts(self) -> list[str]:
        """All that stands in records and notes."""
        fields = ("short_description", "description", "work_notes")
        return [str(one[name]) for one in self.records.values() for name in fields if name in one] + [
            text for _, text in self.notes
        ]


@dataclass
class Jira:
    """Issues by key, with their comments."""

    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    status: int = 0

    def answer(self, asked: Asked) -> Reply:
        assert asked.headers["Authorization"] == AUTHORIZATION and asked.method == "POST"
        if self.status:
            return Reply(self.status, {"errorMessages": ["no"], "errors": {}}, _JSON)
        body = json.loads(asked.body)
        if asked.path == "/rest/api/3/search/jql":
            return self._find(body)
        if asked.path == "/rest/api/3/issue":
            return self._open(body["fields"])
        key = re.fullmatch(r"/rest/api/3/issue/([A-Z]+-\d+)/comment", asked.path)
        assert key is not None and key[1] in self.issues
        check_document(body["body"])
        self.comments.append((key[1], body["body"]))
        return Reply(201, {"id": "1"}, _JSON)

    def _find(self, body: dict[str, Any]) -> Reply:
        assert body.keys() == {"jql", "maxResults", "fields"} and body["fields"] == ["status"]
        said = re.fullmatch(
            r'project = "(\w+)" AND labels = "([^"\\\s]+)" AND statusCategory != Done', body["jql"]
        )
        assert said is not None, body["jql"]
        found = [
            {"id": one["id"], "key": key, "fields": {"status": {}}}
            for key, one in self.issues.items()
            if said[2] in one["labels"] and not one["done"]
        ]
        return Reply(200, {"issues": found[:1], "isLast": True}, _JSON)

    def _open(self, fields: dict[str, Any]) -> Reply:
        assert fields["project"] == {"key": "SEC"} and fields["issuetype"] == {"name": "Task"}
        assert fields["priority"]["name"] in ("Highest", "High", "Medium", "Low", "Lowest")
        assert len(fields["summary"]) <= 255 and not set("\r\n") & set(fields["summary"])
        assert all(" " not in label and len(label) <= 255 for label in fields["labels"])
        check_document(fields["description"])
        key = f"SEC-{len(self.issues) + 1}"
        self.issues[key] = {**fields, "id": str(10_000 + len(self.issues)), "done": False}
        return Reply(201, {"id": self.issues[key]["id"], "key": key, "self": "https://x"}, _JSON)


_WITHIN = {
    "doc": {"paragraph", "heading", "panel"},
    "panel": {"paragraph", "heading"},
    "paragraph": {"text"},
    "heading": {"text"},
}


def check_document(node: dict[str, Any]) -> None:
    """Fails for what is no document of Atlassian's format, or holds a mention or a card."""
    kind = node["type"]
    if kind == "text":
        assert node["text"] and node.keys() <= {"type", "text", "marks"}
        for mark in node.get("marks", []):
            assert mark["type"] == "link" and mark["attrs"]["href"].startswith("https://")
        return
    assert kind in _WITHIN and (kind != "doc" or node["version"] == 1)
    assert node["content"] or kind == "paragraph"
    for each in node["content"]:
        assert each["type"] in _WITHIN[kind]
        check_document(each)


def texts_of(node: dict[str, Any]) -> list[tuple[str, bool]]:
    """(text, whether it is a link) of a document, in order."""
    if node["type"] == "text":
        return [(node["text"], bool(node.get("marks")))]
    return [found for each in node["content"] for found in texts_of(each)]
