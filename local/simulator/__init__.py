"""The simulated Defender and Graph: recorded alerts and telemetry, served as strictly as the services do."""
