"""A market, with a drift of every kind that the shop does not have."""

import datetime
import enum
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, Enum, Integer, MetaData, Numeric, String, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})


class Stage(str, enum.Enum):
    PLANNED = "planned"
    RUNNING = "running"


class Stall(Base):
    __tablename__ = "stalls"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    seats = mapped_column(Integer, nullable=True)  # drift: `seats` is NOT NULL
    fee: Mapped[Decimal] = mapped_column(Numeric(10, 2), server_default="0")
    opened: Mapped[datetime.date] = mapped_column(Date, server_default=func.current_date())
    traits: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    stage: Mapped[Stage] = mapped_column(Enum(Stage, name="stage"), server_default="planned")  # drift: names are stored
