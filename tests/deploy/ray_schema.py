"""The fields of KubeRay's RayJob (ray.io/v1) and of a pod that deploy/rayjob.yaml may use: names and types.

Field names and which are required: KubeRay, ray-operator/apis/ray/v1, and Kubernetes' API reference, both of November
2026. A name that is not here is refused, so that a misspelt one cannot be ignored by a cluster.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
Quantity = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi|Ti)?$")]
Count = Annotated[int, Field(ge=0, strict=True)]


class Strict(BaseModel):
    """An object with these fields and no others."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Metadata(Strict):
    name: Name
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class SecretRef(Strict):
    name: Name
    optional: bool = False


class EnvFrom(Strict):
    secretRef: SecretRef  # noqa: N815 - Kubernetes' own names, here and below


class Port(Strict):
    containerPort: Annotated[int, Field(ge=1, le=65535)]  # noqa: N815
    name: Annotated[str, Field(max_length=15)]


class Resources(Strict):
    requests: dict[Literal["cpu", "memory"], Quantity]
    limits: dict[Literal["cpu", "memory"], Quantity]


class Mount(Strict):
    mountPath: Annotated[str, Field(pattern=r"^/")]  # noqa: N815
    name: Name


class Capabilities(Strict):
    drop: list[str]


class ContainerSecurity(Strict):
    runAsNonRoot: Literal[True]  # noqa: N815
    runAsUser: Annotated[int, Field(ge=1)]  # noqa: N815
    allowPrivilegeEscalation: Literal[False]  # noqa: N815
    capabilities: Capabilities


class Container(Strict):
    name: Name
    image: Annotated[str, Field(min_length=1)]
    envFrom: list[EnvFrom] = []  # noqa: N815
    ports: list[Port] = []
    resources: Resources
    securityContext: ContainerSecurity  # noqa: N815
    volumeMounts: list[Mount] = []  # noqa: N815


class Claim(Strict):
    claimName: Name  # noqa: N815


class Volume(Strict):
    name: Name
    persistentVolumeClaim: Claim  # noqa: N815


class PodSecurity(Strict):
    fsGroup: int  # noqa: N815


class PodSpec(Strict):
    containers: Annotated[list[Container], Field(min_length=1)]
    securityContext: PodSecurity | None = None  # noqa: N815
    terminationGracePeriodSeconds: Count = 30  # noqa: N815
    volumes: list[Volume] = []

    @model_validator(mode="after")
    def mounts_name_volumes(self) -> PodSpec:
        """Every mount is of a volume of the pod."""
        known = {volume.name for volume in self.volumes}
        unknown = {mount.name for one in self.containers for mount in one.volumeMounts} - known
        if unknown:
            raise ValueError(f"no volume is named {', '.join(sorted(unknown))}")
        return self


class PodTemplate(Strict):
    metadata: Metadata | None = None
    spec: PodSpec


class HeadGroup(Strict):
    rayStartParams: dict[str, str]  # noqa: N815
    template: PodTemplate
    serviceType: Literal["ClusterIP", "NodePort", "LoadBalancer"] | None = None  # noqa: N815


class WorkerGroup(Strict):
    groupName: Name  # noqa: N815
    replicas: Count = 0
    minReplicas: Count  # noqa: N815
    maxReplicas: Count  # noqa: N815
    numOfHosts: Count = 1  # noqa: N815
    rayStartParams: dict[str, str]  # noqa: N815
    template: PodTemplate

    @model_validator(mode="after")
    def replicas_lie_between(self) -> WorkerGroup:
        """minReplicas <= replicas <= maxReplicas, as the operator's webhook asks."""
        if not self.minReplicas <= self.replicas <= self.maxReplicas:
            raise ValueError(f"replicas {self.replicas} is not in {self.minReplicas}..{self.maxReplicas}")
        return self


class RayClusterSpec(Strict):
    rayVersion: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]  # noqa: N815
    headGroupSpec: HeadGroup  # noqa: N815
    workerGroupSpecs: list[WorkerGroup] = []  # noqa: N815
    enableInTreeAutoscaling: bool = False  # noqa: N815


class RayJobSpec(Strict):
    entrypoint: Annotated[str, Field(min_length=1)]
    entrypointNumCpus: float = 0  # noqa: N815
    submissionMode: Literal["K8sJobMode", "HTTPMode", "InteractiveMode"] = "K8sJobMode"  # noqa: N815
    backoffLimit: Count = 0  # noqa: N815
    activeDeadlineSeconds: Annotated[int, Field(ge=1)] | None = None  # noqa: N815
    shutdownAfterJobFinishes: bool = False  # noqa: N815
    ttlSecondsAfterFinished: Count = 0  # noqa: N815
    rayClusterSpec: RayClusterSpec  # noqa: N815
    runtimeEnvYAML: str | None = None  # noqa: N815


class RayJob(Strict):
    apiVersion: Literal["ray.io/v1"]  # noqa: N815
    kind: Literal["RayJob"]
    metadata: Metadata
    spec: RayJobSpec


class ClaimSpec(Strict):
    accessModes: list[Literal["ReadWriteMany", "ReadWriteOnce"]]  # noqa: N815
    resources: dict[Literal["requests"], dict[Literal["storage"], Quantity]]


class PersistentVolumeClaim(Strict):
    apiVersion: Literal["v1"]  # noqa: N815
    kind: Literal["PersistentVolumeClaim"]
    metadata: Metadata
    spec: ClaimSpec


KINDS: dict[str, type[RayJob] | type[PersistentVolumeClaim]] = {
    "RayJob": RayJob,
    "PersistentVolumeClaim": PersistentVolumeClaim,
}


def checked(document: Any) -> RayJob | PersistentVolumeClaim:
    """The object that a document of a manifest describes. Raises ValidationError for what a cluster would not take."""
    return KINDS[document["kind"]].model_validate(document)
