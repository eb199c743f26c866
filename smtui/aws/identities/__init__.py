"""Reads the user's AWS configuration, signs in, and keeps what that gives where the AWS CLI and the SDKs keep it."""
