"""What a quantity costs through graduated tiers, written apart from the code under test."""


def usd_for(tiers, quantity):
    ends = [*(tier.tier_from for tier in tiers[1:]), quantity]
    return sum(
        max(0.0, min(quantity, end) - tier.tier_from) * tier.usd_per_unit
        for tier, end in zip(tiers, ends, strict=True)
    )
