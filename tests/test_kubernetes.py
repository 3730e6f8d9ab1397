"""The manifests are what Kubernetes takes, and what the worker and its image need.

A schema does not see what refers to what: labels, ports, mounts and secrets are compared here. That a cluster admits
and runs them is for a cluster to say.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from kubernetes_validate import ValidationError, latest_version, validate
from ruamel.yaml import YAML

from settings import Settings
from tests.test_compose import DOCKERFILE, services
from worker import SHUTDOWN

HOME = Path(__file__).parents[1] / "deploy" / "kubernetes"
# The oldest that somebody is likely to have still, and the newest that there is a schema of.
RELEASES = ("1.28", latest_version())
MANIFESTS = sorted(path.name for path in HOME.glob("*.yaml") if path.name != "kustomization.yaml")


def read(name: str) -> dict[str, Any]:
    """A file of YAML."""
    return YAML(typ="safe").load(HOME / name)  # type: ignore[no-any-return]  # pyright: ignore[reportUnknownMemberType]


kustomization = read("kustomization.yaml")
deployment = read("deployment.yaml")["spec"]
pod = deployment["template"]["spec"]
(worker,) = pod["containers"]
mounts = {mount["name"]: mount["mountPath"] for mount in worker["volumeMounts"]}
environment = {variable["name"]: variable["value"] for variable in worker["env"]}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of the config map as a worker reads them, with the secrets that are to be made."""
    for secret in re.findall(r"--from-file=([\w.-]+)=", (HOME / "kustomization.yaml").read_text()):
        (tmp_path / secret).write_text("secret")
    mail_toml = (HOME / Path(environment["MAIL_CONFIG"]).name).read_text()
    (tmp_path / "mail.toml").write_text(mail_toml.replace(mounts["secrets"], str(tmp_path)))
    monkeypatch.setenv("MAIL_CONFIG", str(tmp_path / "mail.toml"))
    return Settings.load()


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_has_the_form_that_kubernetes_takes(name: str, release: str) -> None:
    """Strictly: an unknown key is no manifest's."""
    assert release.startswith(validate(read(name), release, strict=True))


def test_the_measure_finds_an_unknown_key() -> None:
    """Such as one that stands where it does not belong."""
    manifest = read("deployment.yaml")
    manifest["spec"]["template"]["spec"]["readOnlyRootFilesystem"] = True
    with pytest.raises(ValidationError, match="readOnlyRootFilesystem"):
        validate(manifest, latest_version(), strict=True)


def test_the_kustomization_has_every_file() -> None:
    """What lies there is applied."""
    generated = [file for one in kustomization["configMapGenerator"] for file in one["files"]]
    assert sorted(kustomization["resources"]) == MANIFESTS
    assert {path.name for path in HOME.iterdir()} == {*MANIFESTS, *generated, "kustomization.yaml"}


def test_volumes_come_from_what_is_made() -> None:
    """The config map of the kustomization, the secret of its opening words."""
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert volumes.keys() == mounts.keys()
    assert volumes["settings"]["configMap"]["name"] == kustomization["configMapGenerator"][0]["name"]
    secret = volumes["secrets"]["secret"]["secretName"]
    assert f"create secret generic {secret} " in (HOME / "kustomization.yaml").read_text()
    assert environment["MAIL_CONFIG"] == f"{mounts['settings']}/mail.toml"


def test_the_worker_listens_where_it_is_asked(settings: Settings) -> None:
    """By the probes and by Prometheus, and nobody else is let in."""
    ports = {port["name"]: f"0.0.0.0:{port['containerPort']}" for port in worker["ports"]}
    assert ports == {"health": settings.health.listen, "metrics": settings.metrics.listen}
    probes = [worker[f"{kind}Probe"]["httpGet"] for kind in ("liveness", "readiness")]
    assert probes == [{"path": "/healthz", "port": "health"}, {"path": "/readyz", "port": "health"}]
    assert read("network-policy.yaml")["spec"]["ingress"] == [{"ports": [{"port": "metrics"}]}]


def test_mail_and_temporal_may_be_reached(settings: Settings) -> None:
    """Whatever port the settings name."""
    soc = settings.accounts["soc"]
    assert soc.smtp
    assert soc.imap
    (egress,) = read("network-policy.yaml")["spec"]["egress"]
    needed = {soc.smtp.port, soc.imap.port, int(environment["TEMPORAL_ADDRESS"].rpartition(":")[2])}
    assert needed <= {one["port"] for one in egress["ports"]}


def test_every_manifest_means_the_same_pods() -> None:
    """A budget or a policy of other labels would be nobody's."""
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"] == labels
    assert read("pod-disruption-budget.yaml")["spec"]["selector"]["matchLabels"] == labels
    assert read("network-policy.yaml")["spec"]["podSelector"]["matchLabels"] == labels


def test_a_letter_in_hand_is_finished() -> None:
    """Kubernetes is more patient than the worker."""
    assert pod["terminationGracePeriodSeconds"] > SHUTDOWN.total_seconds() + 5


def test_the_pod_may_do_nothing_but_its_work() -> None:
    """As the image's user, on a file system that is read only."""
    user, group = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE.read_text(), re.MULTILINE)[0]
    who = pod["securityContext"]
    assert (who["runAsNonRoot"], who["runAsUser"], who["runAsGroup"]) == (True, int(user), int(group))
    assert worker["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False


def test_the_image_is_the_one_that_is_built() -> None:
    """The same version as in the compose file."""
    (image,) = kustomization["images"]
    assert worker["image"] == image["name"]
    assert services["worker"]["image"] == f"{image['name']}:{image['newTag']}"
