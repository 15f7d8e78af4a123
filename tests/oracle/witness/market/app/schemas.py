"""Requests and responses of the market."""

import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict


class StallCreate(BaseModel):
    title: str | None = None  # drift: the column has no default and takes no NULL
    seats: int


class StallRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    fee: Decimal
    opened: datetime.date


class OfferCreate(BaseModel):
    price: float  # drift: the client may send null
    channel: str  # drift: the client has no such key
    days: list[str]  # drift: the client sends a number
    colour: Literal["blue", "green"]  # drift: the client writes `Blue`
