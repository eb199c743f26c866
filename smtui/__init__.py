"""smtui: reach servers through AWS Systems Manager Session Manager from one terminal screen."""

__version__ = "0.1.0"
