"""Names in Bicep: whatever an expression names must be declared."""

from __future__ import annotations

from collections.abc import Iterator

import tree_sitter
import tree_sitter_bicep

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))
_DECLARING = {
    "parameter_declaration",
    "variable_declaration",
    "resource_declaration",
    "module_declaration",
    "output_declaration",
}
# Bicep's functions and decorators that our templates may use; a misspelt one is caught by being absent.
_FUNCTIONS = {
    "allowed", "description", "maxLength", "maxValue", "minLength", "minValue", "secure",
    "concat", "contains", "empty", "endsWith", "environment", "fail", "guid", "intersection", "items", "join",
    "length", "loadJsonContent", "loadTextContent", "objectKeys", "resourceGroup", "split", "startsWith",
    "subscriptionResourceId", "toLower", "union", "uniqueString",
}  # fmt: skip


def problems(text: str) -> list[str]:
    """A line for each syntax error and each name that nothing declares."""
    root = _PARSER.parse(text.encode()).root_node
    nodes = list(_walk(root))
    found = [
        f"line {node.start_point[0] + 1}: syntax error" for node in nodes if node.is_error or node.is_missing
    ]
    declared = {_text(node.named_children[0]) for node in nodes if node.type in _DECLARING}
    declared |= {_text(name) for name, _ in _loop_names(nodes)}
    for node in nodes:
        if node.type == "identifier" and _is_use(node) and _text(node) not in declared | _FUNCTIONS:
            found.append(f"line {node.start_point[0] + 1}: nothing declares {_text(node)!r}")
    return found


def _loop_names(nodes: list[tree_sitter.Node]) -> Iterator[tuple[tree_sitter.Node, tree_sitter.Node]]:
    for node in nodes:
        if node.type == "for_statement" and (name := node.child_by_field_name("initializer")):
            yield name, node


def _is_use(node: tree_sitter.Node) -> bool:
    """Whether an identifier stands for what is declared elsewhere: no object's key, no declaration."""
    parent = node.parent
    if parent is None or (parent.type in _DECLARING and parent.named_children[0] == node):
        return False
    return not (parent.type == "object_property" and parent.named_children[0] == node)


def _walk(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    yield node
    for child in node.children:
        yield from _walk(child)


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode()
