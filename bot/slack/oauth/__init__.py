"""Many workspaces with one app: Slack's OAuth installation, and the right token for each team."""
