"""The local stack: servers, processes and the demonstration, started and stopped as one."""
