"""The stored names of fields: what lies in documents and digests for good, whatever our classes call it.

Versions that run side by side, in an upgrade or after a roll-back, read each other. So a name here is never
given to anything else; a field that is renamed keeps its stored name (`_fields("…", ties="events")`); a new
one must have a default. An unknown word of an enum is read as the member that `UNKNOWN` names.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from shared.core.alert import Account, Comment, Evidence
from shared.core.correlate import Event, Finding, Method, ProcessKey, ProcessNode, Reason, Status, TiedEvent
from shared.core.lookups import Device, Enrichment, File, LoggedOnUser, Lookup, Outcome, Prevalence

VERSION = 1  # raised with any change of the names; documents of the version after are read, too


def _fields(same: str, **renamed: str) -> Mapping[str, str]:
    """Field name -> stored name: `same` lists those that are equal, `renamed` the others."""
    return {name: name for name in same.split()} | renamed


STORED: Mapping[Any, Mapping[str, str]] = {
    Account: _fields("name domain sid object_id upn"),
    Comment: _fields("text author created"),
    Device: _fields(
        "id name os os_version os_build group tags risk_score exposure value health onboarding last_ip "
        "last_external_ip first_seen last_seen aad_device_id"
    ),
    Enrichment: _fields("devices users files addresses domains"),
    Event: _fields("table device_id time report_id action row"),
    Evidence: _fields(
        "kind kind_text created sha1 sha256 md5 file_name folder_path process_id command_line "
        "process_created parent_process_id parent_process_created parent_file_name parent_folder_path "
        "ip_address url registry_hive registry_key registry_value_name registry_value_type registry_value "
        "account device_id device_name detection_status remediation_status verdict roles extra"
    ),
    File: _fields(
        "key sha1 sha256 md5 size signer issuer publisher is_valid_certificate determination "
        "determination_value global_prevalence global_first_seen org_prevalence org_first_seen org_last_seen"
    ),
    Finding: _fields(
        "alert_id status method confidence reason detail anchors nodes events event_count truncated left_out "
        "query"
    ),
    LoggedOnUser: _fields("account logon_types first_seen last_seen is_domain_admin"),
    Lookup: _fields("outcome value detail"),
    Prevalence: _fields("key org_prevalence org_first_seen org_last_seen"),
    ProcessKey: _fields("device_id pid created"),
    ProcessNode: _fields(
        "key depth parent file_name folder_path command_line sha1 sha256 account is_anchor is_session_root "
        "is_inferred images children_left_out"
    ),
    TiedEvent: _fields("event tie depth owner"),
}
KINDS: Mapping[type, str] = {Enrichment: "Enrichment", Finding: "Finding"}  # as documents say it
UNKNOWN: Mapping[type[StrEnum], StrEnum] = {
    Method: Method.NONE,
    Outcome: Outcome.FAILED,  # and so asked for again
    Reason: Reason.NONE,
    Status: Status.PENDING,
}
