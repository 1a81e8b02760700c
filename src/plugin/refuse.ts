import { answerVersion, errorAnswer } from "../cni/answer.ts";
import { CniCode, CniError } from "../cni/errors.ts";

/** What the runtime is told of a call that nobody could serve now: code 11, in the version of the question. */
export function refusalText(stdin: string, message: string, details: string): string {
  const error = new CniError(CniCode.tryAgainLater, message, details);
  return `${JSON.stringify(errorAnswer(error, answerVersion(stdin)))}\n`;
}
