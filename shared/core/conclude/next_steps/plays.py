"""What people who answer incidents do about each kind of behaviour, by the technique that it shows.

Braces name facts of the alert (`facts.py`), which are safe to print. What stands first here is done first
where an alert shows several kinds. The words for `innocent` say what a legal use of it looks like.
The actions are Defender's: https://learn.microsoft.com/en-us/defender-endpoint/respond-machine-alerts; that
memory is taken before a device is switched off: https://cisa.gov/ransomware-response-checklist (both read
2026-11-30).
"""

from shared.core.conclude.next_steps.play import Ask, Play

PLAYS = (
    Play(  # encryption
        techniques="T1486 T1485 T1561 T1491",
        tactics="impact",
        contain="take the shares that it writes to offline",
        look="how far it got: which folders and shares {program} wrote to as {run_as}, and what that "
        "account may write to besides",
        ask=Ask.ENDING,
        collect="the note that was left{named_object}, two encrypted files with their originals, {files} and "
        "the memory of {dvc} while {program} still runs, for the key may be in it",
        close="true positive when no other device shows up, the passwords of {users} are new and a restore "
        "of {dvc} was tried",
        innocent="a backup or archive job that renames these files at this hour",
    ),
    Play(  # recovery removed
        techniques="T1490 T1489",
        look="what follows on {dvc}: shadow copies and services go minutes before files are encrypted",
        ask=Ask.COMMAND,
        collect="{script_log} and {files}; see that the backups of {dvc} are out of its reach",
        close="true positive when no file on {dvc} was encrypted after {time} and the command ran on no "
        "other device",
        innocent="the backup product of {dvc}, which does this on other servers too",
    ),
    Play(  # passwords of the domain
        techniques="T1003.003 T1003.006 T1207 T1558.001",
        contain="if {dvc} is a domain controller, treat every password of the domain as known (krbtgt twice)",
        look="whether the directory or a hive was copied{named_object}, and where the copy went",
        ask=Ask.ACCOUNTS,
        collect="{object}, {auth_log} and the directory's replication log",
        close="true positive when the way in is shut and every password that the copy held is new",
        innocent="a backup product's own shadow copy, at this hour on other days too",
    ),
    Play(  # passwords in memory
        techniques="T1003 T1003.001 T1003.004 T1003.005 T1003.007",
        contain="reset the passwords of {users} and end their sessions",
        look="whether {object} left {dvc}, and who was logged on at {time}: {users}",
        ask=Ask.ACCOUNTS,
        collect="{object}, {auth_log} and the memory of {dvc}; delete every copy of the dump afterwards",
        close="true positive when every log-on that the hunt shows is explained and the passwords of "
        "{users} are new",
        innocent="a diagnostic or monitoring tool that reads this memory on other devices too",
    ),
    Play(  # passwords of the device
        techniques="T1003.002 T1003.008",
        contain="give the local accounts of {dvc} new passwords",
        look="whether {object} left {dvc}",
        ask=Ask.ACCOUNTS,
        collect="{object} and {auth_log}; delete every copy afterwards",
        close="true positive when local accounts have new passwords that no other device shares",
        innocent="a backup of {dvc} that saves them at this hour",
    ),
    Play(  # stored passwords
        techniques="T1555 T1552 T1539 T1056 T1558 T1187 T1557 T1550 T1528 T1606",
        tactics="credential_access",
        contain="reset the password of {user} and revoke their sessions and tokens",
        look="what {program} could read or ask for as {user}: saved passwords, keys, cookies, what was typed",
        ask=Ask.ACCOUNTS,
        collect="{files}, {script_log} and the sign-in log of {user}",
        close="true positive when {user} has a new password, old sessions are ended and no sign-in is "
        "unexplained",
        innocent="a password manager, a move to another browser, or {user} at the request of support",
    ),
    Play(  # guessed password
        techniques="T1110 T1078",
        still="the session of {account} may still be open",
        contain="disable {account} or reset its password, and end its sessions on {dvc}",
        look="what the session of {account} did on {dvc} after {time}: commands, keys, scheduled jobs",
        ask=Ask.THINGS,
        collect="{auth_log}, and the shell history and authorized keys of {account}",
        close="true positive when {account} has a new password or key, what it set up is gone and log-ons "
        "from outside are limited",
        innocent="an address of your own or a partner's, with an old password saved in a job",
    ),
    Play(  # movement between devices
        techniques="T1021 T1570 T1047 T1569 T1563 T1210 T1072",
        tactics="lateral_movement",
        contain="{other_contain}",
        look="{other_look}",
        ask=Ask.CAME_IN,
        collect="{auth_log} of {other_logs}, and {files}",
        close="true positive when every device on the way is found and {user} has a new password",
        innocent="an administrator, a deployment tool or a log-on script of yours at work",
    ),
    Play(  # web server
        techniques="T1190 T1505",
        contain="take the site behind it offline",
        look="which requests the web server got just before {time}, and from where",
        ask=Ask.COMMAND,
        collect="the web server's access log around {time} and every file that is new in its folders",
        close="true positive when the hole is patched and no foreign file is left in the server's folders",
        innocent="an administration page of the application that runs this command by design",
    ),
    Play(  # account made
        techniques="T1136 T1098",
        contain="disable the account that it made or raised",
        look="which account was made or raised, and who has used it: {command}",
        ask=Ask.COMMAND,
        collect="{auth_log}, with the events that make accounts and change groups",
        close="true positive when the account is gone and no log-on with it is left unexplained",
        innocent="the help desk's work, with a ticket",
    ),
    Play(  # taken
        techniques="T1567 T1048 T1041 T1020 T1537 T1030 T1113 T1115 T1123 T1125 T1560 T1114 T1005 T1119 "
        "T1074",
        tactics="exfiltration collection",
        look="what was gathered{named_object}, whose it is, and whether it left {dvc}",
        ask=Ask.THINGS,
        collect="{object}{proxy_log}, with the bytes sent",
        close="true positive when it is known what left, and its owner and data protection were told",
        innocent="a backup or synchronisation of {user}'s own",
    ),
    Play(  # mining
        techniques="T1496",
        look="how it came in: mining is the visible end of a hole that others use as well",
        ask=Ask.THINGS,
        collect="{files}, its configuration with the pool and wallet, and the jobs that start it",
        close="true positive when the way in is shut and no job brings it back",
        innocent="a load test that its owner knows",
    ),
    Play(  # remote control
        techniques="T1219",
        contain="end the remote session",
        look="who sits at the other end, and what was done in the session after {time}",
        ask=Ask.THINGS,
        collect="the tool's own log, which names the other end, and {files}",
        close="true positive when the tool is gone and {user} has a new password",
        innocent="your own help desk's session, with a ticket at {time}",
    ),
    Play(  # code inside another process
        techniques="T1055 T1134 T1620",
        look="what the process did that the code went into{named_object}, rather than {program} alone",
        ask=Ask.THINGS,
        collect="the memory of {program} and of its target before they end, and {files}",
        close="true positive when the first program is found and gone from every device of the hunt",
        innocent="a debugger, an accessibility or a security product of yours",
    ),
    Play(  # protection switched off
        techniques="T1562 T1553.006",
        contain="switch protection on again (tamper protection, exclusions)",
        look="what ran on {dvc} unseen after {time}",
        ask=Ask.AFTER,
        collect="Defender's own log and whatever lies under new exclusions",
        close="true positive when protection is on again and a full scan of {dvc} is clean",
        innocent="a change of policy or an installation at that hour, with a ticket",
    ),
    Play(  # traces removed
        techniques="T1070",
        look="what was removed, and what happened on {dvc} before {time}",
        ask=Ask.BEFORE,
        collect="forwarded copies of the logs: those on {dvc} are gone",
        close="true positive when what the traces would have shown is known from elsewhere",
        innocent="maintenance that clears the same on other devices at the same hour",
    ),
    Play(  # higher rights
        techniques="T1548 T1068 T1611",
        tactics="privilege_escalation",
        look="what ran with the higher rights after {time}, started by {program}",
        ask=Ask.COMMAND,
        collect="{auth_log}, {script_log} and {files}",
        close="true positive when the hole is patched and what ran with higher rights is undone",
        innocent="an installer that {user} was allowed to run",
    ),
    Play(  # scheduled job
        techniques="T1053",
        contain="disable the job before it runs again",
        look="what the job starts, when and as whom: {command}",
        ask=Ask.COMMAND,
        collect="{job_store}, and what the job starts",
        close="true positive when the job and what it starts are gone from every device of the hunt",
        innocent="a deployment or backup tool that makes the same job on other devices",
    ),
    Play(  # service
        techniques="T1543",
        contain="stop and disable the service",
        look="what the service starts, and as whom: {command}",
        ask=Ask.COMMAND,
        collect="{service_store}, and the file that the service starts",
        close="true positive when the service and its file are gone from every device of the hunt",
        innocent="the installer of a product that you use, which makes the same service on other devices",
    ),
    Play(  # autostart
        techniques="T1547 T1037 T1546 T1574 T1137 T1176 T1542 T1112",
        tactics="persistence",
        contain="export the entry and then remove it",
        look="what starts by itself from now on: {entry}",
        ask=Ask.VALUE,
        collect="the entry ({entry}) and the file that it starts",
        close="true positive when the entry and what it starts are gone from every device of the hunt",
        innocent="the installer or update of a product that you use, which sets the same on other devices",
    ),
    Play(  # fetched and sent
        techniques="T1105 T1071 T1572 T1090 T1095 T1571 T1102 T1568 T1573 T1197 T1104 T1132 T1008",
        tactics="command_and_control",
        look="what {program} fetched or sent{met}, and what was started of it",
        ask=Ask.THINGS,
        collect="{files}{proxy_log}",
        close="true positive when no device of the hunt has {names}{talks}",
        innocent="an updater or package manager of a product that you use, seen on other devices too",
    ),
    Play(  # through a trusted program
        techniques="T1218 T1127 T1216 T1220 T1202",
        tactics="proxy_execution",
        look="which code {program} was given to run, by {command}, and what it started",
        ask=Ask.THINGS,
        collect="the code itself ({files}){proxy_log}, and {script_log}",
        close="true positive when that code is gone from every device of the hunt and where it came from "
        "is blocked",
        innocent="an installer or a build that calls {program} the same way on other devices",
    ),
    Play(  # false name
        techniques="T1036 T1564 T1553 T1222",
        look="what {names} really is: original name, signer and hash, and who put it there",
        ask=Ask.THINGS,
        collect="a copy of {files}",
        close="true positive when the file is gone from every device of the hunt",
        innocent="a product that ships a renamed copy, signed and the same on other devices",
    ),
    Play(  # script
        techniques="T1059 T1027 T1140 T1204 T1203 T1566 T1106",
        tactics="execution initial_access",
        look="what the command does ({command}; the story has it decoded) and by which mail, page or file "
        "it came",
        ask=Ask.THINGS,
        collect="{script_log}, which has the script in clear, and the mail, document or page that it came "
        "with",
        close="true positive when what it fetched and set up is gone and the mail or page is blocked for all",
        innocent="a management agent's script, started the same way on other devices",
    ),
    Play(  # looking around
        techniques="T1033 T1087 T1069 T1482 T1018 T1046 T1082 T1016 T1049 T1057 T1007 T1083 T1135 T1518 "
        "T1615",
        tactics="discovery",
        look="who sat behind {chain} and where the session went next: looking around comes before moving on",
        ask=Ask.CAME_IN,
        collect="{script_log} and {auth_log}",
        close="true positive when the session's way in is known and shut",
        innocent="an administrator's session or an inventory tool that asks the same on other devices",
    ),
)
ANYTHING = Play(  # anything else
    techniques="",
    look="what {program} did next{met}, in the process tree",
    ask=Ask.THINGS,
    collect="{files}{proxy_log}, and {script_log}",
    close="true positive when what it left on {dvc} is gone and the hunt shows no other device",
    innocent="an update or a tool of yours, which runs the same way on other devices",
)
