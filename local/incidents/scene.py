"""A session told step by step: times are seconds after its first moment, files are full paths."""

import ntpath
import posixpath
from dataclasses import dataclass

from local.incidents.case import Case, Evidence, Expectation, process_evidence
from local.incidents.clock import seconds
from local.incidents.programs import program
from local.incidents.stage import Stage, clock, later
from local.incidents.world import SYSTEM, Account, File, Process

LIKELY = ("Likely",)  # ordinary work that is worth a look all the same


@dataclass(frozen=True, slots=True)
class Scene:
    """`short` names the device, `born` is the first moment."""

    stage: Stage
    short: str
    born: int

    def moment(self, after: float) -> int:
        """The moment so many seconds after the first."""
        return later(self.born, after)

    def resident(self, name: str) -> Process:
        """A long-running process of the device."""
        return self.stage.estate.resident(self.short, name)

    def service(self, image: str | File, line: str, after: float, *, life: float = 14_400) -> Process:
        """A program that the service manager started."""
        services = self.resident("services.exe")
        return self.run(
            services,
            image,
            line,
            after,
            life=life,
            account=SYSTEM,
            integrity="System",
            is_root=image == "svchost.exe",
        )

    def run(
        self,
        parent: Process,
        image: str | File,
        line: str,
        after: float,
        *,
        life: float = 30,
        account: Account | None = None,
        integrity: str | None = None,
        is_root: bool = False,
    ) -> Process:
        """A process that `parent` started; a bare name is a program of the operating system."""
        return self.stage.recorder.start(
            parent,
            program(parent.device.family, image) if isinstance(image, str) else image,
            line,
            at=self.moment(after),
            account=account,
            integrity=integrity,
            is_root=is_root,
            life=seconds(life),
        )

    def write(
        self, process: Process, after: float, *paths: str, action: str = "FileCreated", origin: str = ""
    ) -> None:
        """Files that `process` wrote, a hundredth of a second after each other."""
        for count, path in enumerate(paths):
            moment = self.moment(after + count / 97)
            self.stage.recorder.file(process, moment, action, file_at(path), origin=origin)

    def put(
        self, process: Process, after: float, key: str, name: str, value: str, kind: str = "String"
    ) -> None:
        """A registry value that `process` set; `key` begins with HKLM or HKCU."""
        hive, _, rest = key.partition("\\")
        root = "HKEY_LOCAL_MACHINE" if hive == "HKLM" else f"HKEY_CURRENT_USER\\{process.account.sid}"
        self.stage.recorder.registry(
            process, self.moment(after), key=f"{root}\\{rest}", name=name, value=value, kind=kind
        )

    def call(self, process: Process, after: float, ip: str, url: str = "", port: int = 443) -> None:
        """A connection that `process` made."""
        self.stage.recorder.network(process, self.moment(after), ip=ip, url=url, port=port)

    def load(self, process: Process, after: float, library: str | File) -> None:
        """A library that `process` loaded."""
        found = program("windows", library) if isinstance(library, str) else library
        self.stage.recorder.image_load(process, self.moment(after), found)

    def ordinary(
        self,
        subject: Process,
        *,
        title: str,
        description: str,
        because: str,
        created: float,
        incident: int,
        last: float = 20.0,
        category: str = "SuspiciousActivity",
        severity: str = "Medium",
        also: tuple[str, ...] = (),
        evidence: tuple[Evidence, ...] = (),
        techniques: tuple[str, ...] = (),
    ) -> None:
        """Raises an alert about `subject`, which did nothing but its ordinary work. `techniques` are what the
        alert says, and telemetry does not bear out."""
        expected = Expectation(
            "ExactProcess", "Unproven", because, anchors=(subject,), kind="benign", also=also
        )
        self.stage.raise_alert(
            Case(
                title=title,
                description=description,
                severity=severity,
                category=category,
                device=subject.device,
                first=subject.created,
                last=self.moment(last),
                created=self.moment(created),
                evidence=(process_evidence(subject), *evidence),
                expected=expected,
                incident=incident,
                techniques=techniques,
                user=subject.account if subject.account.upn else None,
            )
        )


def scene(stage: Stage, short: str, time: str) -> Scene:
    """A scene on the device `short`, from `time` on the day of the incident."""
    return Scene(stage, short, clock(time))


def file_at(path: str) -> File:
    """A file by its full path, without a maker."""
    parts = ntpath if "\\" in path else posixpath
    folder, name = parts.split(path)
    return File(name, folder)


def product(path: str, maker: str, *, original: str = "") -> File:
    """A signed program of a maker, by its full path."""
    bare = file_at(path)
    return File(bare.name, bare.folder, maker, maker, original=original)
