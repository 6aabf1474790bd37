"""The backend: one reader of the chain among others, and what cannot be public.

One folder for each feature, with the same files in each: `models` (tables), `service` (what it does; the only door for
other features), `api` (HTTP), `schemas` (what goes over HTTP), `tasks` (what runs later). `core` holds settings,
database, files, errors. `main` and `worker` put them together.
"""
