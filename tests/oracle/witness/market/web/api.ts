export interface StallDraft {
  title?: string | null;
  seats: number;
}

export interface Stall {
  id: number;
  title: string;
  fee: number; // drift: a Decimal travels as text
  opened: string;
}

export interface OfferDraft {
  price: number | null;
  days: number;
  colour: "Blue" | "green";
}

export async function openStall(draft: StallDraft): Promise<Stall> {
  const response = await fetch("/stalls", { method: "POST", body: JSON.stringify(draft) });
  return (await response.json()) as Stall;
}

export async function makeOffer(draft: OfferDraft): Promise<void> {
  await fetch("/offers", { method: "POST", body: JSON.stringify(draft) });
}

export const fees = (stalls: Stall[]): number => stalls.reduce((sum, stall) => sum + stall.fee, 0);
