/** The rows of attachments: is what they say there? */
import type { AttachmentRecord } from "../../state/index.ts";
import { hostEndOf, otherOwnerOf } from "./claims.ts";
import { damageOf } from "./damage.ts";
import { type Damage, type Finding, suspect } from "./decision.ts";
import type { AttachmentFacts, Facts } from "./facts.ts";

export interface AttachmentFindings {
  readonly findings: readonly Finding[];
  readonly damaged: readonly Damage[];
}

/** What looks wrong about the rows; those begun since the pass began are left alone. Pure. */
export function findAttachments(facts: Facts): AttachmentFindings {
  const findings: Finding[] = [];
  const damaged: Damage[] = [];
  for (const attachment of facts.attachments) {
    if (attachment.atWork || attachment.record.createdAt >= facts.at) continue;
    const finding = judge(facts, attachment);
    if (finding !== undefined && "repair" in finding) findings.push(finding);
    else if (finding !== undefined) damaged.push(finding);
  }
  return { findings, damaged };
}

function judge(facts: Facts, attachment: AttachmentFacts): Finding | Damage | undefined {
  const { record } = attachment;
  const owner = otherOwnerOf(facts, attachment);
  if (owner !== undefined) return { repair: { kind: "stale-attachment", record, owner } };
  switch (record.state) {
    case "attaching":
      return { repair: { kind: "interrupted-add", record } };
    case "detaching":
      return {
        repair: { kind: "interrupted-del", record },
        suspicion: suspect(["detaching", ...nameOf(record)]),
      };
    case "attached":
      return attachment.netns ? judgeLiving(facts, attachment) : judgeGone(facts, record);
    case "detached":
      return undefined;
  }
}

/** The namespace's path is gone. While its host's end is there, somebody still holds the namespace itself. */
function judgeGone(facts: Facts, record: AttachmentRecord): Finding | undefined {
  const hostEnd = hostEndOf(facts, record.portId);
  const isHeld = hostEnd !== undefined && !hostEnd.parked;
  const { uid } = record.pod;
  const lives = uid === undefined ? undefined : facts.podLives(uid);
  if (isHeld && lives !== false) return undefined;
  return { repair: { kind: "gone-pod", record }, suspicion: suspect(["gone", ...nameOf(record)]) };
}

function judgeLiving(facts: Facts, attachment: AttachmentFacts): Finding | Damage | undefined {
  const { record, podEnd, problems } = attachment;
  const ofPodEnd = podEndProblems(record, podEnd);
  const hostEnd = hostEndOf(facts, record.portId);
  const ofPort = facts.cloud?.gone.has(record.portId ?? "") ? [`its port ${record.portId} is gone`] : [];
  if (ofPodEnd.length + ofPort.length > 0 || (problems.length > 0 && hostEnd === undefined))
    return damageOf(record, [...ofPodEnd, ...ofPort, ...problems]);
  if (problems.length > 0) return { repair: { kind: "host-end", record, problems } };
  return misnamed(facts, record);
}

/** The node knows whose the port is, and Neutron, which has been told all it is to be told, does not. */
function misnamed(facts: Facts, record: AttachmentRecord): Finding | undefined {
  const port = facts.cloud?.ports.find(({ id }) => id === record.portId);
  if (port === undefined || record.identityDue !== undefined || port.device_id === record.deviceId)
    return undefined;
  return {
    repair: { kind: "identity", record, port },
    suspicion: suspect(["identity", ...nameOf(record), port.device_id]),
  };
}

function podEndProblems({ ifname }: AttachmentRecord, podEnd: AttachmentFacts["podEnd"]): string[] {
  if (podEnd === "missing") return [`the interface ${ifname} is missing in the container`];
  if (typeof podEnd === "object") return [`the interface ${ifname} has another MAC, ${podEnd.mac}`];
  return [];
}

/** One life of a row. */
function nameOf({ network, deviceId, createdAt }: AttachmentRecord): (string | number)[] {
  return [network, deviceId, createdAt];
}
