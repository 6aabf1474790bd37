"""Whether one picture is a copy of one work, and why."""
