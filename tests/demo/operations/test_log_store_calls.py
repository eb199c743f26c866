"""The simulated S3: REST with XML, which has quirks that the other protocols have not."""

from __future__ import annotations

import http.client
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from smtui.demo.region import SimulatedRegion
from smtui.demo.story.account_facts import BUCKET
from tests.demo.support import client, set_faults, signed


@pytest.fixture
def s3(region: SimulatedRegion) -> Any:
    return client(region, "s3")


def refusal(call: Any, **parameters: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_bucket_that_is_well(s3: Any) -> None:
    assert s3.head_bucket(Bucket=BUCKET)["BucketRegion"] == "eu-west-1"
    (rule,) = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_a_head_that_fails_tells_nothing_but_its_status(region: SimulatedRegion, s3: Any) -> None:
    assert refusal(s3.head_bucket, Bucket="acme-no-such-bucket") == ("404", 404)
    assert refusal(s3.get_bucket_encryption, Bucket="acme-no-such-bucket") == ("NoSuchBucket", 404)
    set_faults(region, deny=["s3:ListBucket"])
    assert refusal(s3.head_bucket, Bucket=BUCKET) == ("403", 403)
    assert signed(region, "s3", f"/{BUCKET}", method="HEAD") == (403, b"")
    assert length_told(region, f"/{BUCKET}") == "0"


def length_told(region: SimulatedRegion, path: str) -> str | None:
    """Of an answer to HEAD, which is sent without its body whatever it says."""
    connection = http.client.HTTPConnection(urlsplit(region.endpoint_url).netloc, timeout=60)
    request = AWSRequest(method="HEAD", url=region.endpoint_url + path)
    SigV4Auth(Credentials(region.access_key_id, region.secret_access_key), "s3", region.region).add_auth(request)
    try:
        connection.request("HEAD", path, headers=dict(request.prepare().headers))
        return connection.getresponse().getheader("Content-Length")
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("action", "operation"),
    [
        ("s3:GetEncryptionConfiguration", "get_bucket_encryption"),
    ],
)
def test_what_is_denied_is_denied_by_the_name_of_its_permission(
    region: SimulatedRegion, s3: Any, action: str, operation: str
) -> None:
    set_faults(region, deny=[action])
    with pytest.raises(ClientError, match=rf"AccessDenied.*{action} on resource: arn:aws:s3:::{BUCKET} "):
        getattr(s3, operation)(Bucket=BUCKET)
    assert region.faults.calls(action) == 1
    s3.head_bucket(Bucket=BUCKET)


def test_a_wrong_secret_and_a_throttled_call_in_the_words_of_s3(region: SimulatedRegion, s3: Any) -> None:
    stranger = client(region, "s3", aws_secret_access_key="wrong")
    assert refusal(stranger.get_bucket_encryption, Bucket=BUCKET) == ("SignatureDoesNotMatch", 403)
    set_faults(region, throttle={"s3:*": 1})
    assert refusal(s3.get_bucket_encryption, Bucket=BUCKET) == ("SlowDown", 503)


def test_what_the_region_does_not_do_is_refused(region: SimulatedRegion, s3: Any) -> None:
    assert refusal(s3.list_objects_v2, Bucket=BUCKET) == ("MethodNotAllowed", 405)
    assert refusal(s3.get_object, Bucket=BUCKET, Key="logs/one/two") == ("NoSuchKey", 404)
    assert refusal(s3.delete_object, Bucket=BUCKET, Key="logs/one/two") == ("MethodNotAllowed", 405)
    status, body = signed(region, "s3", f"/{BUCKET}?max-buckets=many", method="GET")
    assert status == 405, body
    assert refusal(s3.list_buckets) == ("MethodNotAllowed", 405)
