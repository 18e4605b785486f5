/** Synthetic rows for the Prisma benchmarks: the same values for every model. */
export function createPeople(count) {
  return Array.from({ length: count }, (_, i) => ({
    aadhaar: String(200_000_000_000 + i * 7919),
    name: `Person Number ${i}`,
    city: ['Pune', 'Kochi', 'Jaipur', 'Patna'][i % 4],
    pincode: String(400_000 + (i % 999)),
    status: i % 3 === 0 ? 'active' : 'pending',
    score: i % 100,
    balance: i * 13,
    joined: new Date(Date.UTC(2024, 0, 1 + (i % 365))),
    verified: i % 2 === 0,
  }));
}
