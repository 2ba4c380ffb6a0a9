#!/usr/bin/env python3
"""Checks the AWS stand-in itself, with AWS's own library: python selftest.py ENDPOINT."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import json
import unittest

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

ENDPOINT = sys.argv.pop(1) if len(sys.argv) > 1 else "http://127.0.0.1:5660"
QUICK = {"run_delay": 0.2, "boot_delay": 0.1, "stop_delay": 0.2, "image_delay": 0.3, "consistency_delay": 0.2}


def sim(page, account, value=None):
    data = None if value is None else json.dumps(value).encode()
    with urllib.request.urlopen(f"{ENDPOINT}/_sim/{page}?account={account}", data) as answer:
        return json.load(answer)


class Case(unittest.TestCase):
    number = 900000000000

    def setUp(self):
        Case.number += 1
        self.account = str(Case.number)
        self.ec2 = self.client("us-east-1")
        self.knobs(**QUICK)
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.addCleanup(lambda: sim("reset", self.account, {}))

    def client(self, region):
        return boto3.client("ec2", region, endpoint_url=ENDPOINT, aws_access_key_id=f"AKIAKILN{self.account}",
                            aws_secret_access_key="x", config=Config(retries={"total_max_attempts": 1}))  # fmt: skip

    def knobs(self, **values):
        sim("faults", self.account, values)

    def base(self, ec2=None):
        images = (ec2 or self.ec2).describe_images(Owners=["136693071363"], Filters=[{"Name": "name", "Values": ["debian-12-amd64-*"]}])["Images"]
        return max(images, key=lambda image: image["CreationDate"])["ImageId"]

    def key(self):
        self.key_file = os.path.join(self.folder.name, "key")
        material = self.ec2.create_key_pair(KeyName="k", KeyType="ed25519")["KeyMaterial"]
        with open(os.open(self.key_file, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(material)
        time.sleep(0.25)

    def run_instance(self, image=None, **more):
        ask = {"ImageId": image or self.base(), "MinCount": 1, "MaxCount": 1, "KeyName": "k", **more}
        return self.ec2.run_instances(**ask)["Instances"][0]["InstanceId"]

    def until(self, what, *wanted):
        for _ in range(200):
            try:
                seen = what()
            except (ClientError, IndexError):
                seen = None
            if seen in wanted:
                return seen
            time.sleep(0.05)
        self.fail(f"{seen!r} instead of {wanted}")

    def state(self, id):
        return self.instance(id)["State"]["Name"]

    def instance(self, id):
        return self.ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]

    def ssh(self, id, command, user="admin"):
        address = self.instance(id).get("PublicIpAddress")
        return subprocess.run(
            ["ssh", "-i", self.key_file, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
             "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=5", f"{user}@{address}", command],
            capture_output=True, text=True)  # fmt: skip

    def until_ssh(self, id, command="true"):
        self.until(lambda: self.ssh(id, command).returncode, 0)

    def refused(self, code, call, *values, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(*values, **arguments)
        self.assertEqual(code, caught.exception.response["Error"]["Code"])


class Instances(Case):
    def test_life_of_an_image(self):
        self.key()
        self.knobs(run_delay=4, consistency_delay=2)
        id = self.run_instance()
        self.refused("InvalidInstanceID.NotFound", self.ec2.describe_instances, InstanceIds=[id])
        self.assertEqual([], self.ec2.describe_instances()["Reservations"])
        self.until(lambda: self.state(id), "pending")
        self.knobs(**QUICK)
        self.refused("IncorrectInstanceState", self.ec2.stop_instances, InstanceIds=[id])
        self.until(lambda: self.state(id), "running")
        self.until_ssh(id)
        self.assertEqual("made", self.ssh(id, "echo made | sudo tee /etc/made; sudo mkdir /opt/x").stdout.strip())
        # What has to be seen in between must not be over before this computer gets to see it.
        self.knobs(stop_delay=4, image_delay=4)
        self.ec2.stop_instances(InstanceIds=[id])
        self.assertEqual("stopping", self.state(id))
        self.refused("IncorrectInstanceState", self.ec2.create_image, InstanceId=id, Name="early")
        self.until(lambda: self.state(id), "stopped")
        tags = [{"ResourceType": kind, "Tags": [{"Key": "kind", "Value": kind}]} for kind in ("image", "snapshot")]
        image = self.ec2.create_image(InstanceId=id, Name="made", TagSpecifications=tags)["ImageId"]
        self.refused("InvalidAMIName.Duplicate", self.ec2.create_image, InstanceId=id, Name="made")
        shown = lambda: self.ec2.describe_images(ImageIds=[image])["Images"][0]["State"]
        self.until(shown, "pending")
        self.refused("InvalidAMIID.Unavailable", self.run_instance, image)
        self.knobs(**QUICK)
        self.until(shown, "available")
        self.ec2.terminate_instances(InstanceIds=[id])
        self.until(lambda: self.state(id), "terminated")
        seen = sim("state", self.account)
        self.assertEqual({"kind": "image"}, seen["images"][image]["tags"])
        self.assertEqual({"kind": "snapshot"}, seen["snapshots"][seen["images"][image]["snapshot"]]["tags"])
        self.assertEqual({}, seen["instances"])
        self.assertEqual({}, seen["volumes"])
        second = self.run_instance(image)
        self.until_ssh(second)
        self.assertEqual("made", self.ssh(second, "cat /etc/made").stdout.strip())
        self.other_region(image)

    def other_region(self, image):
        far = self.client("eu-west-1")
        copy = far.copy_image(SourceImageId=image, SourceRegion="us-east-1", Name="copy", CopyImageTags=True)["ImageId"]
        self.until(lambda: far.describe_images(ImageIds=[copy])["Images"][0]["State"], "available")
        self.assertEqual({"kind": "image"}, sim("state", self.account)["regions"]["eu-west-1"]["images"][copy]["tags"])
        with urllib.request.urlopen(f"{ENDPOINT}/_sim/images/{copy}/etc/made?account={self.account}") as answer:
            self.assertEqual(b"made\n", answer.read())

    def test_reboot_and_power_off_from_inside(self):
        self.key()
        id = self.run_instance()
        self.until_ssh(id)
        self.ssh(id, "sudo touch /etc/kept; touch /run/user-file 2>/dev/null; sudo touch /run/gone; sudo reboot")
        self.until_ssh(id, "test -e /etc/kept && ! test -e /run/gone")
        self.ssh(id, "sudo shutdown -h now")
        self.until(lambda: self.state(id), "stopped")
        self.ec2.start_instances(InstanceIds=[id])
        self.until_ssh(id, "test -e /etc/kept")
        image = self.ec2.create_image(InstanceId=id, Name="live")["ImageId"]
        self.until(lambda: self.ec2.describe_images(ImageIds=[image])["Images"][0]["State"], "available")
        self.assertEqual("running", self.state(id))
        self.until_ssh(id)
        gone = self.run_instance(InstanceInitiatedShutdownBehavior="terminate")
        self.until_ssh(gone)
        self.ssh(gone, "sudo poweroff")
        self.until(lambda: self.state(gone), "terminated")

    def test_user_data(self):
        self.key()
        id = self.run_instance(UserData="#!/bin/sh\necho data > /etc/from-user-data\n")
        self.until_ssh(id, "test -s /etc/from-user-data")


class Rules(Case):
    def test_names_and_dependents(self):
        self.key()
        self.refused("InvalidKeyPair.Duplicate", self.ec2.create_key_pair, KeyName="k")
        self.knobs(consistency_delay=2)
        group = self.ec2.create_security_group(GroupName="g", Description="d")["GroupId"]
        self.refused("InvalidGroup.Duplicate", self.ec2.create_security_group, GroupName="g", Description="d")
        self.refused("InvalidGroup.NotFound", self.ec2.delete_security_group, GroupId=group)
        time.sleep(2)
        self.knobs(**QUICK)
        id = self.run_instance(SecurityGroupIds=[group])
        self.refused("DependencyViolation", self.ec2.delete_security_group, GroupId=group)
        self.until(lambda: self.state(id), "pending", "running")
        self.ec2.terminate_instances(InstanceIds=[id])
        self.refused("DependencyViolation", self.ec2.delete_security_group, GroupId=group)
        self.until(lambda: self.state(id), "terminated")
        self.ec2.delete_security_group(GroupId=group)

    def test_client_token(self):
        self.key()
        first = self.run_instance(ClientToken="t")
        self.assertEqual(first, self.run_instance(ClientToken="t"))
        self.assertEqual(1, len(sim("state", self.account)["instances"]))
        self.refused("IdempotentParameterMismatch", self.run_instance, ClientToken="t", InstanceType="t3.micro")

    def test_tags_at_creation(self):
        self.key()
        kinds = ("instance", "volume", "network-interface")
        id = self.run_instance(TagSpecifications=[{"ResourceType": k, "Tags": [{"Key": "kind", "Value": k}]} for k in kinds])
        seen = sim("state", self.account)
        self.assertEqual({"kind": "instance"}, seen["instances"][id]["tags"])
        self.assertEqual([{"kind": "volume"}], [volume["tags"] for volume in seen["volumes"].values()])

    def test_accounts_are_apart(self):
        self.key()
        Case.number += 1
        self.assertEqual({}, sim("state", str(Case.number))["key_pairs"])


class Faults(Case):
    def test_shares(self):
        self.knobs(throttle=1)
        self.refused("RequestLimitExceeded", self.ec2.describe_images)
        self.knobs(throttle=0, error=1)
        self.refused("InternalError", self.ec2.describe_images)
        self.knobs(error=0, lost=1)
        with self.assertRaises(HTTPClientError):
            self.ec2.create_key_pair(KeyName="lost")
        self.knobs(lost=0)
        self.assertEqual(["lost"], [pair["name"] for pair in sim("state", self.account)["key_pairs"].values()])

    def test_scripted(self):
        self.knobs(fail=[{"action": "DescribeVpcs", "code": "Oops", "times": 2}, {"action": "RunInstances", "outcome": "terminated"}])
        self.refused("Oops", self.ec2.describe_vpcs)
        self.refused("Oops", self.ec2.describe_vpcs)
        self.ec2.describe_vpcs()
        self.key()
        id = self.run_instance()
        self.until(lambda: self.state(id), "terminated")
        self.assertEqual("Server.InternalError", self.instance(id)["StateReason"]["Code"])
        codes = [call["code"] for call in sim("calls", self.account) if call["action"] == "DescribeVpcs"]
        self.assertEqual(["Oops", "Oops", None], codes)


if __name__ == "__main__":
    unittest.main(verbosity=1)
