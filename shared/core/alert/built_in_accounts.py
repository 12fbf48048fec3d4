"""The accounts that every machine has and that work on it all day, as Windows in any language names them.

SIDs and the English names: https://learn.microsoft.com/en-us/windows-server/identity/ad-ds/manage/
understand-security-identifiers (read 2026-11). The other languages' names are those that their Windows shows;
a name that lacks here is still known by its SID.
"""

import re
import unicodedata
from functools import lru_cache

from shared.core.alert.model import Account

_SIDS = re.compile(r"S-1-0-0|S-1-5-(?:7|18|19|20|(?:90|96)-[\d-]+)", re.ASCII | re.IGNORECASE)
_AUTHORITIES = (
    *("NT AUTHORITY", "NT-AUTORITÄT", "AUTORITE NT", "AUTORIDADE NT", "AUTORIDAD NT", "AUTORITÀ NT"),
    *("NT INSTANS", "NT-MYNDIGHET", "NT-MYNDIGHED", "NT-HALLINTA", "ZARZĄDZANIE NT", "NT YETKİLİSİ"),
)
_NAMES = ("SYSTEM", "LocalSystem", "LOCAL SERVICE", "NETWORK SERVICE", "ANONYMOUS LOGON")
# Such a name with a domain other than those above may be anybody's.
_NAMES_ALONE = (
    *("Système", "SISTEMA", "СИСТЕМА", "JÄRJESTELMÄ", "ANONYMOUS-ANMELDUNG"),
    *("Lokaler Dienst", "SERVICE LOCAL", "SERVICIO LOCAL", "SERVIZIO LOCALE", "SERVIÇO LOCAL"),
    *("LOKALE SERVICE", "LOKAL TJÄNST", "LOKAL TJENESTE", "USŁUGA LOKALNA", "PAIKALLINEN PALVELU"),
    *("HELYI SZOLGÁLTATÁS", "YEREL HİZMET"),
    *("Netzwerkdienst", "SERVICE RÉSEAU", "SERVICIO DE RED", "Servizio di rete", "SERVIÇO DE REDE"),
    *("NETWERKSERVICE", "NÄTVERKSTJÄNST", "NETTVERKSTJENESTE", "NETVÆRKSTJENESTE", "USŁUGA SIECIOWA"),
    *("VERKKOPALVELU", "HÁLÓZATI SZOLGÁLTATÁS", "AĞ HİZMETİ"),
)
_NUMBERED = re.compile(r"(?:dwm|umfd)\d+", re.ASCII)  # without its hyphen
_LONGEST = 64


def is_built_in(account: Account) -> bool:
    """True for the system's own accounts (SYSTEM, its services, its windows' and fonts' hosts, anonymous)."""
    if account.sid and _SIDS.fullmatch(account.sid.strip()):
        return True
    domain, name = (_folded((text or "")[:_LONGEST]) for text in (account.domain, account.name))
    if domain in _KNOWN_AUTHORITIES or name in _KNOWN_NAMES:
        return True
    return _NUMBERED.fullmatch(name) is not None or (not domain and name in _KNOWN_ALONE)


@lru_cache(1_024)  # the accounts of a few machines come again and again
def _folded(text: str) -> str:
    """Without case, accents, blanks and hyphens, which systems and tools write differently."""
    plain = (char for char in unicodedata.normalize("NFKD", text.casefold()) if char.isalnum())
    return "".join(plain).replace("\u0131", "i")  # the dotless i of Turkish


_KNOWN_AUTHORITIES = frozenset(map(_folded, _AUTHORITIES))
_KNOWN_NAMES = frozenset(map(_folded, _NAMES))
_KNOWN_ALONE = frozenset(map(_folded, _NAMES_ALONE))
