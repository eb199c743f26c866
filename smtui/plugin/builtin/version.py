"""The version that our plugin gives to the AWS CLI, the agent and the service."""

CLIENT_VERSION = "1.2.896.0"
"""Four numbers, as all of them demand; the official plugin whose behaviour towards AWS ours has."""
