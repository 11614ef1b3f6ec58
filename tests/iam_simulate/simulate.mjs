// A line of JSON in (a simulation: https://github.com/cloud-copilot/iam-simulate), a line of JSON out.
import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await runSimulation(JSON.parse(line), {})
  if (answer.resultType === 'error') {
    console.log(JSON.stringify({ error: answer.errors }))
  } else {
    const ignored = answer.resultType === 'single' ? answer.result.ignoredContextKeys : []
    console.log(JSON.stringify({ result: answer.overallResult, ignored }))
  }
}
