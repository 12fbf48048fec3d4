"""The columns to find alerts by: all values of a kind, in lower case, with commas between."""

from shared.core.row.column import LINE, WORD, text

SEARCH = (
    text(
        "AllUsers",
        "Every user that the alert names or that was logged on: `domain\\name`, name, principal name, SID "
        "and object id, in lower case, with commas between.",
        "alert, evidence and look-up",
        "contoso\\alice, alice, alice@contoso.example",
        limit=LINE,
    ),
    text(
        "AllDevices",
        "Every device that the alert names: ids and names, in lower case, with commas between.",
        "alert, evidence and look-up",
        "1e5bc9d7e413ddd7902c2932e418702b84d0cc07, ws-0042.contoso.example",
        limit=LINE,
    ),
    text(
        "AllAddresses",
        "Every IP address anywhere in the alert, the device's own among them, in lower case, with commas "
        "between.",
        "alert, evidence and look-up",
        "203.0.113.10, 10.0.4.42",
        limit=LINE,
    ),
    text(
        "AllFileNames",
        "Every file name of the evidence, parents' images among them, and those of the process that the row "
        "shows, in lower case, with commas between.",
        "evidence, else telemetry",
        "powershell.exe, winword.exe, a.ps1",
        limit=LINE,
    ),
    text(
        "AllTechniques",
        "Every ATT&CK technique that Defender names, and the one that a sub-technique is of: ids in lower "
        "case, with commas between.",
        "alert",
        "t1059.001, t1059, t1105",
        limit=WORD,
    ),
)
