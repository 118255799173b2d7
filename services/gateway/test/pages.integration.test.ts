import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { driverLocated, driverStatusChanged } from '@rideshare/contracts';
import { systemIds } from '@rideshare/kernel/system';
import { eventually } from '@rideshare/testing';
import { openEvents, startGateway } from './support/running-gateway.ts';
import type { Gateway } from './support/running-gateway.ts';

const parent = mkdtempSync(path.join(tmpdir(), 'rideshare-mailbox-'));
const folder = path.join(parent, 'mailbox');
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ ENVIRONMENT: 'development', MAILBOX_DIR: folder });
});
afterAll(async () => {
  await gateway.close();
  rmSync(parent, { recursive: true });
});

describe('the pages of development', () => {
  it.each(['/', '/docs', '/mailbox'])('%s allows nothing inline and nothing from elsewhere', async (page) => {
    const response = await gateway.call(page);
    const html = await response.text();
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=|https?:\/\//);
    const parts = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, part = '']) => part);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect([part, (await gateway.call(part)).status]).toEqual([part, 200]);
  });

  it('serves assets by name and nothing else', async () => {
    for (const name of ['city.html', 'nothing.js', '..%2fpackage.json', '%2e%2e%2fpackage.json']) {
      expect([name, (await gateway.call(`/assets/${name}`)).status]).toEqual([name, 404]);
    }
  });
});

describe('the mailbox', () => {
  it('is empty while there is no folder', async () => {
    expect(await (await gateway.call('/dev/mailbox')).json()).toEqual({ items: [] });
  });

  it('lists the newest first, shows plain text and never leaves its folder', async () => {
    const { mkdirSync } = await import('node:fs');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'a.eml'), 'Subject: <script>');
    writeFileSync(path.join(folder, 'b.push.json'), '{}');
    writeFileSync(path.join(folder, 'c.part'), 'unfinished');
    mkdirSync(path.join(folder, 'd.json'));
    utimesSync(path.join(folder, 'a.eml'), new Date(), new Date(Date.now() + 5_000));
    writeFileSync(path.join(parent, 'secret.json'), 'secret');
    const { items } = (await (await gateway.call('/dev/mailbox')).json()) as { items: { name: string }[] };
    expect(items.map(({ name }) => name)).toEqual(['a.eml', 'b.push.json']);
    const message = await gateway.call('/dev/mailbox/a.eml');
    expect(message.headers.get('content-type')).toContain('text/plain');
    expect(await message.text()).toBe('Subject: <script>');
    for (const name of ['..%2fsecret.json', '%2e%2e%2fsecret.json', 'c.part', 'd.json', 'e.eml', '%00']) {
      expect([name, (await gateway.call(`/dev/mailbox/${name}`)).status]).toEqual([name, 404]);
    }
  });
});

describe('the feed of the city', () => {
  it('begins with everything and goes on with what changes, without ids', async () => {
    const driverId = systemIds.next();
    const seen = {
      driverId,
      point: { lat: 41.15, lng: -8.61 },
      recordedAt: new Date().toISOString(),
      headingDeg: null,
      speedMps: null,
      state: 'available' as const,
      tripId: null,
      vehicleClass: 'economy' as const,
    };
    const feed = await openEvents(`${gateway.url}/dev/city`);
    await gateway.publish(driverLocated, seen);
    const messages = await eventually(() => (feed.messages.length >= 2 ? feed.messages : undefined));
    expect(messages[0]?.data).toMatchObject({ reset: true });
    expect(messages[1]?.data['drivers']).toEqual([{ id: 1, lat: 41.15, lng: -8.61, state: 'available' }]);
    await gateway.publish(driverStatusChanged, {
      driverId,
      state: 'offline',
      reason: 'went_offline',
      epoch: 2,
      tripId: null,
      offerId: null,
      expiresAt: null,
      offer: null,
      vehicleClass: 'economy',
      position: null,
    });
    const last = await eventually(() => feed.messages[2]);
    expect(last.data).toMatchObject({ goneDrivers: [1], drivers: [] });
    expect(feed.text).not.toContain(driverId);
    await feed.close();
  });

  it('answers HEAD and lets only so many look', async () => {
    expect((await gateway.call('/dev/city', { method: 'HEAD' })).status).toBe(200);
    const feeds = await Promise.all(Array.from({ length: 20 }, () => openEvents(`${gateway.url}/dev/city`)));
    expect((await gateway.call('/dev/city')).status).toBe(503);
    await Promise.all(feeds.map((feed) => feed.close()));
  });
});
