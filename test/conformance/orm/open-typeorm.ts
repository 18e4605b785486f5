import type { Keyring } from '@fieldseal/core';
import { fieldseal } from '@fieldseal/typeorm';
import { DataSource } from 'typeorm';
import { Card, Customer, Legacy, Person, Sample, Ticket } from './entities.ts';
import { TwinCard, TwinCustomer } from './twin-entities.ts';

/** A data source on tables that are there. */
export function openTypeorm(url: string, keyring: Keyring): Promise<DataSource> {
  const entities = [Customer, Card, Legacy, Ticket, Person, Sample, TwinCustomer, TwinCard];
  return fieldseal(new DataSource({ type: 'postgres', url, entities }), { keyring }).initialize();
}
