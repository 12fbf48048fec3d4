"""The columns to find alerts by: all values of a kind, in lower case, with commas between."""

from shared.core.row.column import Source

everywhere = Source("alert, evidence and look-up")

SEARCH = (
    everywhere.line(
        "AllUsers",
        "Every user that the alert names or that was logged on: `domain\\name`, name, principal name, SID "
        "and object id, in lower case, with commas between.",
        "contoso\\alice, alice, alice@contoso.example",
    ),
    everywhere.line(
        "AllDevices",
        "Every device that the alert names: ids and names, in lower case, with commas between.",
        "1e5bc9d7e413ddd7902c2932e418702b84d0cc07, ws-0042.contoso.example",
    ),
    everywhere.line(
        "AllAddresses",
        "Every IP address anywhere in the alert, the device's own among them, in lower case, with commas "
        "between.",
        "203.0.113.10, 10.0.4.42",
    ),
    Source("evidence, else telemetry").line(
        "AllFileNames",
        "Every file name of the evidence, parents' images among them, and those of the process that the row "
        "shows, in lower case, with commas between.",
        "powershell.exe, winword.exe, a.ps1",
    ),
    Source("alert").text(
        "AllTechniques",
        "Every ATT&CK technique that Defender names, and the one that a sub-technique is of: ids in lower "
        "case, with commas between.",
        "t1059.001, t1059, t1105",
    ),
)
