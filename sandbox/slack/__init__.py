"""A stand-in for Slack: Web API, Socket Mode, interactions and a JSON API for the sandbox page.

`sandbox.slack.server.SlackSandbox` runs it, `sandbox.slack.user_actions.Person` acts in it, and
`sandbox.slack.blockkit` checks Block Kit payloads on its own, without the server.
What it models comes from docs.slack.dev and from the payload fixtures of slackapi/bolt-python.
"""
