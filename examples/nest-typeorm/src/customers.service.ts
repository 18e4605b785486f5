import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { Customer } from './customer.ts';

/** A service as Nest has them: no line knows of encryption. */
@Injectable()
export class CustomersService {
  readonly #customers: Repository<Customer>;

  constructor(@InjectRepository(Customer) customers: Repository<Customer>) {
    this.#customers = customers;
  }

  register(name: string, aadhaar: string): Promise<Customer> {
    return this.#customers.save({ name, aadhaar });
  }

  byAadhaar(aadhaar: string): Promise<Customer | null> {
    return this.#customers.findOneBy({ aadhaar });
  }
}
