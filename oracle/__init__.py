"""The oracle: a library that crawls, fingerprints, matches, secures evidence and reports it, and the node built on it.

Rooms, in the order in which a picture passes through them: `crawl`, `matching`, `evidence`, `report`; beside them
`store`
(content by its hash), `chain` (contracts and signatures) and `node` (the process that runs them all).
"""
