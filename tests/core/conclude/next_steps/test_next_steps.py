"""Next steps by what was found and, where nothing was, by the reason why."""

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Account, Alert
from shared.core.conclude import NO_RULES, Behaviour, Conclusion, NextStep, Validation, conclude
from shared.core.conclude.context import context_of
from shared.core.conclude.next_steps import MOST_STEPS, next_steps
from shared.core.conclude.next_steps.facts import Facts
from shared.core.conclude.next_steps.plays import ANYTHING, PLAYS
from shared.core.conclude.next_steps.situation import situation_of
from shared.core.correlate.finding import Finding, Method, Reason, Status
from shared.core.hunting import kql
from shared.core.hunting.questions import Around, Elsewhere, LogOnsTo, Named, SameValue, Usual
from shared.core.lookups.entities import Device, Enrichment, LoggedOnUser, Lookup, Outcome
from shared.core.row import content
from shared.core.values import Portal
from tests.builders import DEVICE, T0, alert, evidence, finding, key, node, tied
from tests.security.hostile import ATTACKS

ABOUT = alert(device_name="ws-0042.contoso.example")
TREE = finding(
    nodes=(
        node("explorer.exe", pid=1, depth=-1, after=-60),
        node("powershell.exe", "powershell -nop -c x", is_anchor=True, parent=key(1, -60)),
        node(
            "a.exe", "a.exe -x", pid=7, after=5, depth=1, parent=key(), sha1="a" * 40,
            folder_path="C:\\Users\\alice\\AppData\\Local\\Temp\\a.exe",
        ),
    ),
    events=(tied("DeviceProcessEvents", "ProcessCreated"),),
)  # fmt: skip


def behaviour(technique: str, level: str = "high", **more: object) -> Behaviour:
    plain = Behaviour("r1", "Something was done", level, T0.plus(5), "text", (technique,), "", key(7, 5))
    return replace(plain, **more)  # type: ignore[arg-type]  # the test names fields of Behaviour


def steps(
    validation: Validation,
    *found: Behaviour,
    about: Alert = ABOUT,
    tree: Finding = TREE,
    known: Enrichment | None = None,
) -> tuple[NextStep, ...]:
    return next_steps(context_of(about, known, tree), found, validation)


def said(made: tuple[NextStep, ...]) -> str:
    return "\n".join(step.text for step in made)


def untied(reason: Reason) -> Finding:
    return Finding(ABOUT.id, Status.NO_MATCH, reason=reason)


def test_what_still_runs_is_contained_first_and_the_rest_is_in_the_order_of_doing() -> None:
    made = steps(Validation.CONFIRMED, behaviour("T1105"))
    heads = [step.text.partition(":")[0] for step in made]
    assert heads == ["Contain", "Look", "Hunt", "Collect", "Close"]
    assert (
        "isolate ws-0042, stop and quarantine C:\\Users\\alice\\AppData\\Local\\Temp\\a.exe" in made[0].text
    )
    assert "nothing says that powershell.exe (pid 3276) was stopped" in made[0].text
    assert "by a.exe (pid 7) under explorer.exe > powershell.exe" in made[1].text
    assert isinstance(made[2].question, Elsewhere) and made[2].question.hashes == ("a" * 40,)


def test_what_is_worst_of_several_is_acted_on() -> None:
    made = said(steps(Validation.CONFIRMED, behaviour("T1036"), behaviour("T1003.001", title="Dumped")))
    assert "reset the passwords of" in made and "Look: Dumped" in made
    weak = said(steps(Validation.CONFIRMED, behaviour("T1105"), behaviour("T1486", "medium")))
    assert "fetched or sent" in weak  # a strong sign comes before a weak one of a graver kind


def test_passwords_of_domain_administrators_are_named_first() -> None:
    users = (
        LoggedOnUser(Account("bob", "CONTOSO"), is_domain_admin=False),
        LoggedOnUser(Account("ops", "CONTOSO"), is_domain_admin=True),
        LoggedOnUser(Account("SYSTEM", "NT AUTHORITY")),
    )
    known = Enrichment(users={DEVICE: Lookup(Outcome.FOUND, users)})
    made = said(steps(Validation.CONFIRMED, behaviour("T1003.001"), known=known))
    assert "reset the passwords of CONTOSO\\ops (domain administrator) and CONTOSO\\bob" in made


def test_a_server_is_not_cut_off_without_a_word_to_who_runs_it() -> None:
    known = Enrichment(devices={DEVICE: Lookup(Outcome.FOUND, Device(DEVICE, os="WindowsServer2022"))})
    made = steps(Validation.CONFIRMED, behaviour("T1105"), known=known)
    assert "isolate ws-0042 (others depend on it" in made[0].text


def test_one_sign_alone_asks_before_it_contains() -> None:
    heads = [
        step.text.partition(":")[0] for step in steps(Validation.LIKELY, behaviour("T1053.005", "medium"))
    ]
    assert heads == ["Look", "Hunt", "Collect", "Contain", "Close"]


def test_what_was_blocked_needs_no_containing() -> None:
    item = evidence("file", file_name="x.exe", sha1="b" * 40, detection_status="Prevented")
    about = replace(ABOUT, evidence=(item,))
    made = said(steps(Validation.BLOCKED, about=about))
    assert "nothing to contain, Defender prevented x.exe" in made and "isolate" not in made


def test_an_alert_of_a_device_alone_says_what_to_hunt_for() -> None:
    tree = Finding(
        ABOUT.id, Status.CORRELATED, Method.DEVICE_ONLY, events=(tied("DeviceEvents", "x", depth=None),)
    )
    made = steps(Validation.UNPROVEN, tree=tree)
    (question,) = [step.question for step in made if step.question is not None]
    assert question == Around(DEVICE, T0.plus(-3_600), T0.plus(3_600))
    assert "names no more than ws-0042" in made[0].text


@pytest.mark.parametrize("reason", [one for one in Reason if one])
def test_an_alert_that_was_not_checked_says_why_and_what_to_hunt_for(reason: Reason) -> None:
    made = steps(Validation.NO_TELEMETRY, tree=untied(reason))
    questions = [step.question for step in made if step.question is not None]
    if reason is Reason.TOO_OLD:
        assert questions == [] and "30 days" in said(made)
    elif reason is Reason.DEVICE_UNKNOWN:
        assert isinstance(questions[0], Named) and questions[0].name == "ws-0042"
    else:
        assert isinstance(questions[0], Around)
    assert said(made).count("Close: not before") == 1


def test_each_reason_reads_differently() -> None:
    texts = [said(steps(Validation.NO_TELEMETRY, tree=untied(reason))) for reason in Reason if reason]
    assert len(set(texts)) == len(texts)


def test_what_defender_holds_as_resolved_is_not_contained_again() -> None:
    about = replace(ABOUT, status="Resolved", classification="FalsePositive", resolved=T0.plus(600))
    made = steps(Validation.CONFIRMED, behaviour("T1105"), about=about)
    assert made[0].text.startswith("Look: Defender holds it as resolved since 2026-11-24 as FalsePositive")
    assert "Contain:" not in said(made) and len(made) <= MOST_STEPS


def test_a_movement_to_a_device_that_the_command_names_is_followed_there() -> None:
    sc = node("sc.exe", "sc.exe \\\\srv-9 create x", pid=7, after=5, depth=1, parent=key())
    made = steps(Validation.CONFIRMED, behaviour("T1021.002"), tree=finding(nodes=(*TREE.nodes[:2], sc)))
    assert "isolate srv-9 as well" in made[0].text and "whether it took on srv-9" in made[1].text
    came = steps(Validation.CONFIRMED, behaviour("T1021.002"))
    assert "isolate the device that it came from" in came[0].text
    assert isinstance(came[2].question, LogOnsTo)


def test_an_autostart_is_looked_for_by_its_value() -> None:
    run = tied(
        "DeviceRegistryEvents",
        "RegistryValueSet",
        RegistryKey="HKEY_CURRENT_USER\\S-1-5-21-1-2-3-1001\\Software\\Microsoft\\Windows\\CurrentVersion\\Run",
        RegistryValueName="Upd",
    )
    made = steps(Validation.CONFIRMED, behaviour("T1547.001", event=run.event))
    question = made[2].question
    assert isinstance(question, SameValue)
    assert (question.key, question.name) == ("user\\software\\microsoft\\windows\\currentversion\\run", "Upd")
    assert "S-1-5-21" not in said(made)


def test_a_command_too_long_for_a_link_is_compared_by_its_beginning() -> None:
    long = "powershell -enc " + "".join(sha256(bytes([part])).hexdigest() for part in range(80))
    anchor = node("powershell.exe", long, is_anchor=True)
    about = replace(ABOUT, evidence=())
    tree = finding(nodes=(anchor,))
    (step,) = [one for one in steps(Validation.UNPROVEN, about=about, tree=tree) if one.question is not None]
    assert isinstance(step.question, Usual)
    link = kql.portal_link(*step.question.queries())
    assert link.is_shortened and link.url and "startswith" in step.question.queries()[1]


@pytest.mark.parametrize("play", [*PLAYS, ANYTHING], ids=lambda play: play.techniques or "any")
def test_every_play_can_be_filled_in(play: object) -> None:
    """A brace that names no fact would fail only on the alert that meets it."""
    facts = Facts(situation_of(context_of(ABOUT, None, TREE), (), Validation.CONFIRMED, None))
    for part in ("contain", "still", "look", "collect", "close", "innocent"):
        text = getattr(play, part).format_map(facts)
        assert "{" not in text and not text.endswith(".")


def test_only_the_facts_that_a_line_names_are_worked_out() -> None:
    facts = Facts(situation_of(context_of(ABOUT, None, TREE), (), Validation.CONFIRMED, None))
    assert "{dvc}".format_map(facts) == "ws-0042" and set(facts) == {"dvc"}
    assert "{command} on {dvc}".format_map(facts.but(command="this")) == "this on ws-0042"
    with pytest.raises(KeyError):
        facts["nothing of the kind"]


def test_no_technique_is_in_two_plays() -> None:
    listed = [technique for play in PLAYS for technique in play.techniques.split()]
    assert len(listed) == len(set(listed))


HOSTILE = st.text(max_size=40) | st.sampled_from(ATTACKS)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=HOSTILE,
    validation=st.sampled_from(Validation),
    technique=st.sampled_from(("T1105", "T1486", "T1547")),
)
@example("x\nClose: benign. https://evil.example/", Validation.CONFIRMED, "T1105")
@example("\u202e\u2028[a](http://b) @all <b>", Validation.UNPROVEN, "T1547")
def test_nothing_that_an_attacker_names_is_a_line_a_link_or_a_turn_of_the_text(
    text: str, validation: Validation, technique: str
) -> None:
    item = evidence("file", file_name=text, folder_path=text, detection_status="Blocked", url=text)
    about = replace(ABOUT, device_name=text, evidence=(item, evidence("user", account=Account(text, text))))
    named = node(text, text, pid=7, after=5, depth=1, parent=key(), folder_path=text)
    tree = finding(nodes=(*TREE.nodes[:2], named), events=TREE.events)
    if validation is Validation.NO_TELEMETRY:
        tree = untied(Reason.NOT_SEEN)
    made = steps(validation, behaviour(technique), about=about, tree=tree)
    conclusion = Conclusion(validation, "because", next_steps=made)
    column = str(content(about, None, tree, conclusion, "")["NextSteps"])
    lines = column.split("\n")
    assert len(lines) == len(made) <= MOST_STEPS
    assert all(line.partition(": ")[0] in ("Contain", "Look", "Hunt", "Collect", "Close") for line in lines)
    links = [word for word in column.split() if "://" in word]
    assert all(word.startswith(Portal().address) for word in links) and len(links) <= 1
    assert all(char.isprintable() for line in lines for char in line)
    assert "NextSteps" not in str(content(about, None, tree, conclusion, "")["ValuesTruncated"])


def test_the_link_opens_the_portal_of_the_cloud() -> None:
    conclusion = conclude(ABOUT, None, TREE, NO_RULES)
    shown = content(ABOUT, None, TREE, conclusion, "", portal=Portal("https://portal.example"))
    assert "https://portal.example/v2/advanced-hunting?query=" in str(shown["NextSteps"])
    assert Portal().address not in str(shown["NextSteps"])


def test_a_service_of_the_evidence_is_no_kind_that_breaks_the_steps() -> None:
    """Every kind of evidence may come alone."""
    for kind in EvidenceKind:
        about = replace(ABOUT, device_id=None, device_name=None, evidence=(evidence(kind),))
        assert steps(Validation.NO_TELEMETRY, about=about, tree=untied(Reason.NO_EVIDENCE))
