import { describe, expect, it } from 'vitest';
import type { Detector, DetectorInput } from '../core/ports.ts';
import { emptyMemory, type Finding, severityOf } from '../core/verdict.ts';
import { createScore, scoreOf } from './score.ts';

const found = (detector: string, weight: number): Finding => ({
  detector,
  weight,
  severity: severityOf(weight),
  why: `Weighs ${weight}.`,
});

const detector = (id: string, detect: () => Finding[]): Detector => ({
  id,
  title: id,
  runbook: '',
  detect,
  hits: [],
  misses: [],
});

const input: DetectorInput = {
  action: { kind: 'shell', command: 'x' },
  tool: 'Bash',
  meaning: { effects: [], unparsed: false, opaque: [], programs: [], secrets: [], masked: {} },
  place: { cwd: '', home: '' },
  session: emptyMemory,
  callId: 'c1',
  knownMcpServers: null,
};

describe('the score', () => {
  it('is 0 without findings', () => {
    expect(createScore([])(input)).toEqual({ score: 0, severity: 'low', findings: [] });
  });

  it('combines detectors as a noisy-or: an outward write of 35 after a session flow of 50 scores 68', () => {
    expect(scoreOf([found('a', 35), found('b', 50)]).score).toBe(68);
    expect(scoreOf([found('a', 35), found('b', 50), found('c', 35)]).score).toBe(79);
  });

  it('counts only the heaviest finding of one detector, and keeps all of them', () => {
    const score = scoreOf([found('a', 40), found('a', 40), found('a', 40)]);
    expect(score.score).toBe(40);
    expect(score.findings).toHaveLength(3);
  });

  it('never falls when a finding is added', () => {
    const ids = ['a', 'b', 'c', 'd'];
    const findings: Finding[] = [];
    let before = 0;
    for (let i = 0; i < 200; i++) {
      findings.push(found(ids[i % ids.length] ?? 'a', (i * 37) % 101));
      const { score } = scoreOf(findings);
      expect(score).toBeGreaterThanOrEqual(before);
      expect(score).toBeLessThanOrEqual(100);
      before = score;
    }
  });

  it('lists the heaviest finding first, whatever the order of the detectors', () => {
    const score = createScore([
      detector('light', () => [found('light', 10)]),
      detector('heavy', () => [found('heavy', 80)]),
    ])(input);
    expect(score.findings.map((each) => each.detector)).toEqual(['heavy', 'light']);
  });

  it('turns a detector that throws into a finding that quotes nothing of the input', () => {
    const broken = detector('broken', () => {
      throw new TypeError('cannot read sk-very-secret');
    });
    const score = createScore([broken, detector('fine', () => [found('fine', 10)])])(input);
    expect(score.findings.map((each) => each.detector)).toEqual(['detector-failed', 'fine']);
    expect(score.findings[0]?.why).toContain('broken');
    expect(JSON.stringify(score)).not.toContain('sk-very-secret');
    expect(score.severity).toBe('review');
  });
});
