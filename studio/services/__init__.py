"""What the pages, the CLI, the HTTP API and the MCP tools share: one class a noun.

A service takes the repositories and paths it needs and returns nouns of `studio.domain`; it knows
no page and no command line. `studio.context` builds all of them.
"""
