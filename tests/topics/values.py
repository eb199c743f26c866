"""Every topic, and a value for every placeholder, as a healthy example has it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import smtui.topics
from smtui.domain.topic import Topic
from smtui.topics.library import topic

VALUES = {
    "instance_id": "i-0a1b2c3d4e5f60718",
    "node_arn": "arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b2c3d4e5f60718",
    "region": "eu-west-1",
    "profile": "ops",
    "ssm_host": "ssm.eu-west-1.amazonaws.com",
    "ssmmessages_host": "ssmmessages.eu-west-1.amazonaws.com",
    "account": "111122223333",
    "partition": "aws",
    "role": "web-role",
    "role_arn": "arn:aws:iam::111122223333:role/web-role",
    "instance_profile": "web-instance-profile",
    "principal_arn": "arn:aws:iam::111122223333:role/ops",
    "vpc_id": "vpc-0a1b2c3d4e5f60718",
    "subnet_id": "subnet-0a1b2c3d4e5f60718",
    "platform": "Linux",
    "subnet_cidr": "10.0.1.0/24",
    "security_group": "sg-0a1b2c3d4e5f60718",
    "endpoint_security_group": "sg-0a1b2c3d4e5f60719",
    "endpoint_id": "vpce-0a1b2c3d4e5f60718",
    "endpoint_service": "com.amazonaws.eu-west-1.ssmmessages",
    "route_table": "rtb-0a1b2c3d4e5f60718",
    "network_acl": "acl-0a1b2c3d4e5f60718",
    "nat_gateway": "nat-0a1b2c3d4e5f60718",
    "activation_id": "0a1b2c3d-4e5f-6071-8a1b-2c3d4e5f6071",
    "document": "Acme-TailLog",
    "bucket": "acme-session-logs",
    "log_group": "/acme/sessions",
    "kms_key": "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-4e5f-6071-8a1b-2c3d4e5f6071",
    "local_port": "15432",
    "remote_port": "5432",
    "remote_host": "db.internal",
    "session_id": "ops-0a1b2c3d4e5f60718",
}


@cache
def topics() -> tuple[Topic, ...]:
    """By id."""
    [folder] = smtui.topics.__path__
    return tuple(topic(topic_id) for topic_id in sorted(file.stem for file in Path(folder).glob("*.toml")))
