"""Addresses of the Defender portal's pages."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, slots=True)
class Portal:
    """The cloud's portal. With `tenant_id` every address names that tenant (`tid`): whoever can see several
    would otherwise be shown the page in the one they looked at last."""

    address: str = "https://security.microsoft.com"
    tenant_id: str = ""

    def page(self, path: str, query: str = "") -> str:
        """The address of a page; `path` begins with a slash and is quoted, as `query` is."""
        asked = "&".join(filter(None, (query, self._tid)))
        return f"{self.address}{path}{'?' if asked else ''}{asked}"

    def in_tenant(self, link: str) -> str:
        """A link of an API's to this portal, in this tenant whatever it names; any other as it is."""
        if not self.tenant_id or not link.startswith(f"{self.address}/"):
            return link
        try:
            parts = urlsplit(link)
        except ValueError:
            return link
        kept = [part for part in parts.query.split("&") if part and part.partition("=")[0] != "tid"]
        return parts._replace(query="&".join([*kept, self._tid])).geturl()

    @property
    def _tid(self) -> str:
        return f"tid={quote(self.tenant_id, safe='')}" if self.tenant_id else ""
