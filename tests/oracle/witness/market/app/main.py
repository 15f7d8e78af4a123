"""The application."""

from fastapi import FastAPI
from sqlalchemy.orm import Session

from app.models import Stall
from app.schemas import OfferCreate, StallCreate, StallRead

app = FastAPI()
session = Session()


@app.post("/stalls", response_model=StallRead)
def open_stall(payload: StallCreate):
    stall = Stall(**payload.model_dump())
    session.add(stall)
    return stall


@app.post("/offers", status_code=204)
def make_offer(payload: OfferCreate) -> None:
    print(payload)
