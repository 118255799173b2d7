/** Whether a service takes requests. */
export function makeServiceCheck(url: string): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    const response = await fetch(new URL('/health/ready', url), { signal });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the service answered ${String(response.status)}`);
  };
}
