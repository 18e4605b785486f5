import type { JobProgress } from '@fieldseal/jobs';
import { Presets, SingleBar } from 'cli-progress';
import { timeLeft } from './time-left.ts';

/** Shows how far a job is. */
export interface ProgressView {
  update(progress: JobProgress): void;
  end(): void;
}

const LINE_EVERY_MS = 5000;

/** A bar with rate and time left on a terminal, else a plain line every 5 seconds. */
export function createProgress(
  stream: NodeJS.WritableStream & { readonly isTTY?: boolean },
): ProgressView {
  return stream.isTTY === true ? bar(stream) : lines(stream);
}

function bar(stream: NodeJS.WritableStream): ProgressView {
  const single = new SingleBar(
    {
      format:
        '{step} {bar} {percentage}%  {value} of about {total}  {rate} rows/s  {left} left{lag}',
      stream,
      hideCursor: true,
      clearOnComplete: true,
      barsize: 24,
    },
    Presets.shades_classic,
  );
  let step = '';
  let startedAt = 0;
  return {
    update(progress) {
      if (progress.step !== step) {
        if (step !== '') single.stop();
        step = progress.step;
        startedAt = performance.now();
        single.start(Math.max(1, progress.total), 0, {
          step,
          rate: 0,
          left: timeLeft(0, 0),
          lag: '',
        });
      }
      // the planner's number is an estimate
      if (progress.read > single.getTotal()) single.setTotal(progress.read);
      const rate = rateOf(progress, startedAt);
      // not the bar's own: it counts by a clock that may be set
      const left = timeLeft(single.getTotal() - progress.read, rate);
      single.update(progress.read, { step, rate, left, lag: lagOf(progress, '  ') });
    },
    end() {
      if (step !== '') single.stop();
    },
  };
}

function lines(stream: NodeJS.WritableStream): ProgressView {
  let step = '';
  let startedAt = 0;
  let writtenAt = 0;
  let last: JobProgress | undefined;

  function write(progress: JobProgress): void {
    const { read, total, problems } = progress;
    const wrong = problems === 0 ? '' : `, ${problems} problems`;
    const rate = rateOf(progress, startedAt);
    const lag = lagOf(progress, ', ');
    stream.write(
      `${progress.step}: ${read} of about ${total} rows, ${rate} rows/s${wrong}${lag}\n`,
    );
    writtenAt = performance.now();
  }

  return {
    update(progress) {
      if (progress.step !== step) {
        if (last !== undefined) write(last);
        step = progress.step;
        startedAt = performance.now();
        writtenAt = startedAt;
      }
      last = progress;
      if (performance.now() - writtenAt >= LINE_EVERY_MS) write(progress);
    },
    end() {
      if (last !== undefined) write(last);
    },
  };
}

function rateOf({ read }: JobProgress, startedAt: number): number {
  const seconds = (performance.now() - startedAt) / 1000;
  return seconds < 0.1 ? 0 : Math.round(read / seconds);
}

/** How far the slowest replica is behind, where the job looks. */
function lagOf({ replicaLagBytes }: JobProgress, before: string): string {
  if (replicaLagBytes === undefined) return '';
  return `${before}replicas ${(replicaLagBytes / 1e6).toFixed(1)} MB behind`;
}
