"""An AWS that we did not write (moto's server), the calls that it lacks, and what the tests build in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

REGION = "eu-west-1"
ACCOUNT = "123456789012"
ANYWHERE = [{"CidrIp": "0.0.0.0/0"}]
SERVICES = ("ssm", "ssmmessages", "ec2messages")
MANAGED_CORE = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
AGENT = "3.3.987.0"

REGISTERED: dict[str, str] = {}
"""The nodes whose agents are connected, with their versions."""


def serve() -> Any:
    """Moto's server on a free port of loopback, with AWS's managed policies and the missing calls."""
    from moto.core.config import default_user_config
    from moto.core.responses import ActionResult
    from moto.iam.models import iam_backends
    from moto.server import ThreadedMotoServer
    from moto.ssm.responses import SimpleSystemManagerResponse

    def information(self: Any) -> Any:
        asked = [name for one in json.loads(self.body).get("Filters", []) for name in one["Values"]]
        listed = [_listed(name, REGISTERED[name]) for name in asked if name in REGISTERED]
        return ActionResult({"InstanceInformationList": listed})

    def connection_status(self: Any) -> Any:
        target = json.loads(self.body)["Target"]
        status = "connected" if target in REGISTERED else "notconnected"
        return ActionResult({"Target": target, "Status": status})

    def service_setting(self: Any) -> Any:
        setting = json.loads(self.body)["SettingId"]
        return ActionResult({"ServiceSetting": {"SettingId": setting, "SettingValue": "$None"}})

    default_user_config["iam"]["load_aws_managed_policies"] = True
    for account in iam_backends.values():
        account.reset()  # another test's moto in this process made it without AWS's policies
    setattr(SimpleSystemManagerResponse, "describe_instance_information", information)  # noqa: B010 - not typed
    setattr(SimpleSystemManagerResponse, "get_connection_status", connection_status)  # noqa: B010
    setattr(SimpleSystemManagerResponse, "get_service_setting", service_setting)  # noqa: B010
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    return server


def _listed(node_id: str, agent: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {"InstanceId": node_id, "PingStatus": "Online", "LastPingDateTime": now, "AgentVersion": agent}


@dataclass
class World:
    """One VPC of its own; every method makes one thing in it and returns its id."""

    url: str
    ec2: Any = field(init=False)
    iam: Any = field(init=False)
    vpc: str = field(init=False)
    main_table: str = field(init=False)
    made: int = 0

    def __post_init__(self) -> None:
        self.ec2, self.iam = _client(self.url, "ec2"), _client(self.url, "iam")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
        self.ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        main = [{"Name": "vpc-id", "Values": [self.vpc]}, {"Name": "association.main", "Values": ["true"]}]
        self.main_table = self.ec2.describe_route_tables(Filters=main)["RouteTables"][0]["RouteTableId"]

    def subnet(self, **more: Any) -> str:
        self.made += 1
        cidr = f"10.0.{self.made}.0/24"
        found: str = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, **more)["Subnet"]["SubnetId"]
        return found

    def ipv6_subnet(self) -> str:
        vpc = self.ec2.describe_vpcs(VpcIds=[self.vpc])["Vpcs"][0]
        block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
        return self.subnet(Ipv6CidrBlock=block.replace("/56", "/64"))

    def allow_ipv6(self, subnet: str) -> None:
        """What EC2 adds to the default ACL of a VPC with IPv6, and moto does not."""
        of_subnet = [{"Name": "association.subnet-id", "Values": [subnet]}]
        acl = self.ec2.describe_network_acls(Filters=of_subnet)["NetworkAcls"][0]["NetworkAclId"]
        rule = {"RuleNumber": 101, "Protocol": "-1", "RuleAction": "allow", "Ipv6CidrBlock": "::/0"}
        for egress in (True, False):
            self.ec2.create_network_acl_entry(NetworkAclId=acl, Egress=egress, **rule)

    def table(self, *subnets: str) -> str:
        found: str = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        for subnet in subnets:
            self.ec2.associate_route_table(RouteTableId=found, SubnetId=subnet)
        return found

    def route(self, table: str, destination: str = "0.0.0.0/0", **target: str) -> None:
        if destination.startswith("pl-"):
            where = {"DestinationPrefixListId": destination}
        else:
            where = {"DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock": destination}
        self.ec2.create_route(RouteTableId=table, **where, **target)

    def internet_gateway(self) -> str:
        found: str = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=found, VpcId=self.vpc)
        return found

    def egress_only_gateway(self) -> str:
        made = self.ec2.create_egress_only_internet_gateway(VpcId=self.vpc)["EgressOnlyInternetGateway"]
        found: str = made["EgressOnlyInternetGatewayId"]
        return found

    def nat(self) -> str:
        """In a public subnet of its own."""
        public = self.subnet()
        self.route(self.table(public), GatewayId=self.internet_gateway())
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        found: str = self.ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]["NatGatewayId"]
        return found

    def prefix_list(self, *cidrs: str) -> str:
        self.made += 1
        made = self.ec2.create_managed_prefix_list(
            PrefixListName=f"{self.vpc}-{self.made}",
            MaxEntries=10,
            AddressFamily="IPv4",
            Entries=[{"Cidr": cidr, "Description": "of a test"} for cidr in cidrs],
        )
        found: str = made["PrefixList"]["PrefixListId"]
        return found

    def group(self, egress: Sequence[dict[str, Any]] | None = None, ingress: Sequence[dict[str, Any]] = ()) -> str:
        """Lets everything out unless `egress` says what."""
        self.made += 1
        name = f"{self.vpc}-{self.made}"
        found: str = self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]
        if egress is not None:
            everything = self.ec2.describe_security_groups(GroupIds=[found])["SecurityGroups"][0]["IpPermissionsEgress"]
            self.ec2.revoke_security_group_egress(GroupId=found, IpPermissions=everything)
            if egress:
                self.ec2.authorize_security_group_egress(GroupId=found, IpPermissions=list(egress))
        if ingress:
            self.ec2.authorize_security_group_ingress(GroupId=found, IpPermissions=list(ingress))
        return found

    def endpoints(self, subnet: str, group: str, services: Sequence[str] = SERVICES, **more: Any) -> None:
        for service in services:
            self.ec2.create_vpc_endpoint(
                VpcId=self.vpc,
                VpcEndpointType="Interface",
                ServiceName=f"com.amazonaws.{REGION}.{service}",
                SubnetIds=[subnet],
                SecurityGroupIds=[group],
                **{"PrivateDnsEnabled": True, **more},
            )

    def role(
        self, attached: Sequence[str] = (MANAGED_CORE,), inline: str = "", trust: str = "ec2.amazonaws.com"
    ) -> str:
        """The name of an instance profile with a role of the same name."""
        self.made += 1
        name = f"{self.vpc}-{self.made}"
        trusting = {"Effect": "Allow", "Principal": {"Service": trust}, "Action": "sts:AssumeRole"}
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_policy(trusting)))
        for arn in attached:
            self.iam.attach_role_policy(RoleName=name, PolicyArn=arn)
        if inline:
            self.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=inline)
        self.iam.create_instance_profile(InstanceProfileName=name)
        self.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
        return name

    def customer_policy(self, *statements: dict[str, Any]) -> str:
        self.made += 1
        document = json.dumps(_policy(*statements))
        made = self.iam.create_policy(PolicyName=f"{self.vpc}-{self.made}", PolicyDocument=document)
        found: str = made["Policy"]["Arn"]
        return found

    def node(
        self, subnet: str, group: str, *, profile: str = "", connected: bool = False, agent: str = AGENT, **more: Any
    ) -> str:
        given = {"IamInstanceProfile": {"Name": profile}} if profile else {}
        made = self.ec2.run_instances(
            ImageId=_image(self.url),
            MinCount=1,
            MaxCount=1,
            InstanceType="t3.micro",
            SubnetId=subnet,
            SecurityGroupIds=[group],
            MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
            **given,
            **more,
        )
        found: str = made["Instances"][0]["InstanceId"]
        if connected:
            REGISTERED[found] = agent
        return found


def https(**ends: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **ends}


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@cache
def _client(url: str, service: str) -> Any:
    return boto3.session.Session("AKIDEXAMPLE", "an-example-secret", region_name=REGION).client(
        service, endpoint_url=url, config=Config(retries={"max_attempts": 0})
    )


@cache
def _image(url: str) -> str:
    found: str = _client(url, "ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    return found
