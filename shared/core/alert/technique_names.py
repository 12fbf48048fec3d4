"""Names of the ATT&CK techniques that endpoint alerts carry most; one that is missing is shown by its id.

From MITRE ATT&CK for Enterprise, https://attack.mitre.org/techniques/enterprise/.
"""

_LINES = """
T1003 OS Credential Dumping
T1003.001 LSASS Memory
T1003.002 Security Account Manager
T1003.003 NTDS
T1003.006 DCSync
T1003.008 /etc/passwd and /etc/shadow
T1005 Data from Local System
T1007 System Service Discovery
T1010 Application Window Discovery
T1012 Query Registry
T1016 System Network Configuration Discovery
T1018 Remote System Discovery
T1020 Automated Exfiltration
T1021 Remote Services
T1021.001 Remote Desktop Protocol
T1021.002 SMB/Windows Admin Shares
T1021.003 Distributed Component Object Model
T1021.004 SSH
T1021.006 Windows Remote Management
T1027 Obfuscated Files or Information
T1027.010 Command Obfuscation
T1033 System Owner/User Discovery
T1036 Masquerading
T1036.005 Match Legitimate Resource Name or Location
T1037 Boot or Logon Initialization Scripts
T1041 Exfiltration Over C2 Channel
T1046 Network Service Discovery
T1047 Windows Management Instrumentation
T1048 Exfiltration Over Alternative Protocol
T1049 System Network Connections Discovery
T1053 Scheduled Task/Job
T1053.003 Cron
T1053.005 Scheduled Task
T1055 Process Injection
T1055.001 Dynamic-link Library Injection
T1055.012 Process Hollowing
T1056 Input Capture
T1056.001 Keylogging
T1057 Process Discovery
T1059 Command and Scripting Interpreter
T1059.001 PowerShell
T1059.002 AppleScript
T1059.003 Windows Command Shell
T1059.004 Unix Shell
T1059.005 Visual Basic
T1059.006 Python
T1059.007 JavaScript
T1068 Exploitation for Privilege Escalation
T1069 Permission Groups Discovery
T1070 Indicator Removal
T1070.001 Clear Windows Event Logs
T1070.004 File Deletion
T1071 Application Layer Protocol
T1071.001 Web Protocols
T1071.004 DNS
T1078 Valid Accounts
T1082 System Information Discovery
T1083 File and Directory Discovery
T1087 Account Discovery
T1090 Proxy
T1095 Non-Application Layer Protocol
T1098 Account Manipulation
T1098.004 SSH Authorized Keys
T1102 Web Service
T1105 Ingress Tool Transfer
T1106 Native API
T1110 Brute Force
T1110.001 Password Guessing
T1110.003 Password Spraying
T1112 Modify Registry
T1113 Screen Capture
T1127 Trusted Developer Utilities Proxy Execution
T1132 Data Encoding
T1133 External Remote Services
T1134 Access Token Manipulation
T1135 Network Share Discovery
T1136 Create Account
T1137 Office Application Startup
T1140 Deobfuscate/Decode Files or Information
T1189 Drive-by Compromise
T1190 Exploit Public-Facing Application
T1197 BITS Jobs
T1203 Exploitation for Client Execution
T1204 User Execution
T1204.002 Malicious File
T1210 Exploitation of Remote Services
T1218 System Binary Proxy Execution
T1218.005 Mshta
T1218.010 Regsvr32
T1218.011 Rundll32
T1219 Remote Access Tools
T1222 File and Directory Permissions Modification
T1482 Domain Trust Discovery
T1485 Data Destruction
T1486 Data Encrypted for Impact
T1489 Service Stop
T1490 Inhibit System Recovery
T1496 Resource Hijacking
T1497 Virtualization/Sandbox Evasion
T1505 Server Software Component
T1505.003 Web Shell
T1518 Software Discovery
T1539 Steal Web Session Cookie
T1543 Create or Modify System Process
T1543.001 Launch Agent
T1543.002 Systemd Service
T1543.003 Windows Service
T1543.004 Launch Daemon
T1546 Event Triggered Execution
T1546.003 Windows Management Instrumentation Event Subscription
T1547 Boot or Logon Autostart Execution
T1547.001 Registry Run Keys / Startup Folder
T1548 Abuse Elevation Control Mechanism
T1548.002 Bypass User Account Control
T1550 Use Alternate Authentication Material
T1550.002 Pass the Hash
T1552 Unsecured Credentials
T1553 Subvert Trust Controls
T1555 Credentials from Password Stores
T1555.003 Credentials from Web Browsers
T1558 Steal or Forge Kerberos Tickets
T1558.003 Kerberoasting
T1560 Archive Collected Data
T1562 Impair Defenses
T1562.001 Disable or Modify Tools
T1564 Hide Artifacts
T1566 Phishing
T1566.001 Spearphishing Attachment
T1566.002 Spearphishing Link
T1567 Exfiltration Over Web Service
T1569 System Services
T1569.002 Service Execution
T1570 Lateral Tool Transfer
T1571 Non-Standard Port
T1572 Protocol Tunneling
T1573 Encrypted Channel
T1574 Hijack Execution Flow
T1574.001 DLL
"""

NAMES: dict[str, str] = {
    line.partition(" ")[0]: line.partition(" ")[2] for line in _LINES.strip().splitlines()
}
