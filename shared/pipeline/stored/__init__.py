"""The stored rows, each with one owner, which alone reads, decides and writes it."""

from shared.pipeline.stored import checkpoint, documents, due_index, lease, ledger, places, published_rows

__all__ = ["checkpoint", "documents", "due_index", "lease", "ledger", "places", "published_rows"]
